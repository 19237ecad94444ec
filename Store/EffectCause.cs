namespace Epollsrv.Store;

/// <summary>Why a key changed.</summary>
public enum EffectCause : byte
{
    /// <summary>Somebody asked for it.</summary>
    Asked,

    /// <summary>Somebody asked to see what it has to be given first (<see cref="ItemWriter.AssignUnique"/>).</summary>
    Seen,

    /// <summary>Its time had come.</summary>
    Expired,

    /// <summary>It made room for others.</summary>
    Evicted,
}
