namespace Epollsrv.Share;

/// <summary>The implementations of SHA-256.</summary>
internal enum Sha256Way
{
    /// <summary>Plain arithmetic, on every processor.</summary>
    Scalar,

    /// <summary>ARMv8's crypto instructions.</summary>
    Arm,

    /// <summary>x86's SHA instructions; in the native program only.</summary>
    X86,
}
