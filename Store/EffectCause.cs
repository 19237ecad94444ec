namespace Epollsrv.Store;

/// <summary>Why a key changed.</summary>
public enum EffectCause : byte
{
    /// <summary>Somebody asked for it.</summary>
    Asked,

    /// <summary>Its time had come.</summary>
    Expired,

    /// <summary>It made room for others.</summary>
    Evicted,
}
