namespace Epollsrv.Protocol.Cs;

/// <summary>What all CS connections of a node share. Made before the threads start.</summary>
internal sealed class CsCommon
{
    public CsCommon(CsOptions options)
    {
        Options = options;
        Registrations = new RegistrationTable(options.MaxRegistrations) { Interval = options.LeaseInterval };
    }

    public CsOptions Options { get; }

    /// <summary>Who has which file.</summary>
    public RegistrationTable Registrations { get; }
}
