using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>The errno numbers the program tells apart (asm-generic: the same on x86-64 and arm64). Wrappers return them negated.</summary>
internal static partial class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int NoProcess = 3;
    public const int Interrupted = 4;
    public const int InputOutput = 5;
    public const int BadDescriptor = 9;
    public const int Again = 11;
    public const int NoMemory = 12;
    public const int AccessDenied = 13;
    public const int Exists = 17;
    public const int CrossDevice = 18;
    public const int NotDirectory = 20;
    public const int IsDirectory = 21;
    public const int Invalid = 22;
    public const int TooManyFilesSystem = 23;
    public const int TooManyFiles = 24;
    public const int NoSpace = 28;
    public const int NotSeekable = 29;
    public const int ReadOnlyFileSystem = 30;
    public const int BrokenPipe = 32;
    public const int NameTooLong = 36;
    public const int NotImplemented = 38;
    public const int TooManyLinks = 40;
    public const int NoAddressFamily = 97;
    public const int AddressInUse = 98;
    public const int AddressNotAvailable = 99;
    public const int NetworkUnreachable = 101;
    public const int ConnectionAborted = 103;
    public const int ConnectionReset = 104;
    public const int NoBuffers = 105;
    public const int TimedOut = 110;
    public const int ConnectionRefused = 111;
    public const int HostUnreachable = 113;
    public const int InProgress = 115;
    public const int Stale = 116;

    /// <summary>What the number means, in the words people search for; never empty.</summary>
    /// <param name="error">A positive errno or the negated value a wrapper returned.</param>
    public static string Describe(int error)
    {
        int number = error < 0 ? -error : error;
        return number switch
        {
            NotPermitted => "operation not permitted",
            NoEntry => "no such file or directory",
            NoProcess => "no such process",
            InputOutput => "input/output error",
            BadDescriptor => "bad file descriptor",
            Again => "would block",
            NoMemory => "out of memory",
            AccessDenied => "permission denied",
            Exists => "already exists",
            CrossDevice => "leaves the folder",
            NotDirectory => "not a directory",
            IsDirectory => "is a directory",
            Invalid => "invalid argument",
            TooManyFilesSystem => "too many open files in the system",
            TooManyFiles => "too many open files",
            NoSpace => "no space left on device",
            NotSeekable => "is no regular file",
            ReadOnlyFileSystem => "read-only file system",
            BrokenPipe => "connection closed by the other side",
            NameTooLong => "name too long",
            NotImplemented => "not supported by this kernel",
            TooManyLinks => "too many levels of symbolic links",
            AddressInUse => "address already in use",
            AddressNotAvailable => "address is not one of this machine's",
            NetworkUnreachable => "network is unreachable",
            ConnectionAborted => "connection aborted",
            ConnectionReset => "connection reset by the other side",
            NoBuffers => "no buffer space",
            TimedOut => "timed out",
            ConnectionRefused => "refused",
            HostUnreachable => "no route to host",
            Stale => "was moved, and another file is in its place",
            NoAddressFamily => "this machine has no such address family (IPv6 is off)",
            _ => Other(number),
        };
    }

    // The C library's words, which begin with a capital letter.
    private static unsafe string Other(int number)
    {
        string words = ByteText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(strerror(number)));
        return words.Length > 1 && char.IsAsciiLetterLower(words[1]) ? char.ToLowerInvariant(words[0]) + words[1..] : words;
    }

    [LibraryImport("libc")]
    private static unsafe partial byte* strerror(int number);
}
