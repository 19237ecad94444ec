using System;
using System.Runtime.InteropServices;

using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>
/// <c>epollsrv selfcheck</c> (not in the help): whether this kernel and this processor lay out structures and number calls as the
/// program believes. For a new machine, and for the arm64 program under qemu. One line a check; exit code 0 or 1.
/// </summary>
internal static unsafe class SelfCheckCommand
{
    private const ulong FirstToken = 0x0123_4567_89AB_CDEF;
    private const ulong SecondToken = 0xFEDC_BA98_7654_3210;

    /// <summary>Runs the checks.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new("selfcheck", "Checks the kernel's structures and calls on this machine.", string.Empty);
        options.Flag("speed", "Also measures SHA-256.");
        int code = options.Parse(arguments);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        bool good = true;
        good &= Report("epoll_event has " + ValueText.FormatInteger(Epoll.EventSize) + " bytes, its token at "
            + ValueText.FormatInteger(Epoll.TokenOffset), LayoutIsKnown());
        good &= Report("two eventfds come back through epoll with their tokens whole", TokensComeBack());
        good &= Report("a blocked signal is read from a signalfd", SignalIsRead());
        good &= Report("open flags and statx: a folder is a folder, a file is none, a link is refused", FilesAreKnown());
        good &= Report("futex: a word that differs does not wait, nobody is woken", FutexAnswers());
        good &= Report("a loopback connection carries a byte", LoopbackCarries());
        good &= Report("the kernel gives random bytes, and allows the calls that serving needs", CallsAreAllowed());
        good &= HashCheck.Run(Report);
        StandardOutput.Write(Beneath());
        StandardOutput.Write(Confinement());
        if (options.GetFlag("speed"))
        {
            HashCheck.Measure();
        }

        return good ? ExitCode.Success : ExitCode.Failed;
    }

    private static bool Report(string what, bool good)
    {
        StandardOutput.Write((good ? "ok      " : "FAILED  ") + what + "\n");
        return good;
    }

    private static bool LayoutIsKnown() => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => Epoll.EventSize == 12 && Epoll.TokenOffset == 4,
        Architecture.Arm64 => Epoll.EventSize == 16 && Epoll.TokenOffset == 8,
        _ => false,
    };

    // Two events in one wait: a wrong entry size would cut the second token, a wrong offset both.
    private static bool TokensComeBack()
    {
        int epoll = Epoll.Create();
        int first = Descriptor.CreateEvent();
        int second = Descriptor.CreateEvent();
        bool good = epoll >= 0 && first >= 0 && second >= 0
            && Epoll.AddDescriptor(epoll, first, Epoll.In | Epoll.EdgeTriggered, FirstToken) == 0
            && Epoll.AddDescriptor(epoll, second, Epoll.In | Epoll.EdgeTriggered, SecondToken) == 0;
        if (good)
        {
            Descriptor.Signal(first);
            Descriptor.Signal(second);
            byte* events = stackalloc byte[64];
            good = Epoll.Wait(epoll, events, 4, 1000) == 2
                && Epoll.EventsAt(events, 0) == Epoll.In && Epoll.EventsAt(events, 1) == Epoll.In
                && ((Epoll.TokenAt(events, 0) == FirstToken && Epoll.TokenAt(events, 1) == SecondToken)
                    || (Epoll.TokenAt(events, 0) == SecondToken && Epoll.TokenAt(events, 1) == FirstToken));
        }

        Descriptor.Close(epoll);
        Descriptor.Close(first);
        Descriptor.Close(second);
        return good;
    }

    private static bool SignalIsRead()
    {
        Signals.BlockStopSignals();
        int descriptor = Signals.CreateDescriptor();
        if (descriptor < 0)
        {
            return false;
        }

        byte* info = stackalloc byte[Signals.InfoSize];
        bool good = Descriptor.Read(descriptor, info, Signals.InfoSize) == -Errno.Again
            && Signals.Raise(Signals.Terminate) == 0
            && Descriptor.Read(descriptor, info, Signals.InfoSize) == Signals.InfoSize
            && *(int*)info == Signals.Terminate;
        Descriptor.Close(descriptor);
        return good;
    }

    private static bool FilesAreKnown()
    {
        // O_DIRECTORY and O_NOFOLLOW have other numbers on arm64; /proc has a folder, a file and a link on every machine.
        int folder = Files.OpenFolder("/proc");
        if (folder < 0)
        {
            return false;
        }

        int file;
        int link;
        fixed (byte* fileName = "version\0"u8, linkName = "mounts\0"u8)
        {
            file = Files.OpenWithoutLinks(folder, fileName);
            link = Files.OpenWithoutLinks(folder, linkName);
        }

        bool good = Files.Status(folder, out FileStatus status) == 0 && status.IsDirectory
            && file >= 0 && Files.Status(file, out status) == 0 && status.IsRegular
            && Files.OpenFolder("/proc/version") == -Errno.NotDirectory
            && link == -Errno.TooManyLinks;
        Descriptor.Close(folder);
        Descriptor.Close(file);
        Descriptor.Close(link);
        return good;
    }

    private static bool FutexAnswers()
    {
        int word = 1;
        long before = Clock.Monotonic();
        Futex.Wait(&word, 0, 5000);
        return Futex.Wake(&word, 1) == 0 && Clock.Monotonic() - before < 4_000_000_000;
    }

    private static bool LoopbackCarries()
    {
        if (!SocketAddress.TryParse("127.0.0.1", 0, out SocketAddress address))
        {
            return false;
        }

        int listener = Socket.Create(SocketAddress.FamilyIPv4);
        int client = Socket.Create(SocketAddress.FamilyIPv4);
        bool good = Socket.Bind(listener, ref address) == 0 && Socket.Listen(listener, 1) == 0
            && Socket.LocalAddress(listener, out address) == 0
            && Socket.Connect(client, ref address) is 0 or -Errno.InProgress && Ready(listener);
        int server = good ? Socket.Accept(listener) : -1;
        byte letter = (byte)'x';
        byte received = 0;
        good = server >= 0 && Socket.Send(client, &letter, 1, 0) == 1 && Ready(server) && Socket.Receive(server, &received, 1) == 1
            && received == letter;
        Descriptor.Close(server);
        Descriptor.Close(client);
        Descriptor.Close(listener);
        return good;
    }

    private static bool CallsAreAllowed()
    {
        try
        {
            NeededCalls.Check();
            return RandomBytes.Next() != RandomBytes.Next();
        }
        catch (SystemRefusedException refusal)
        {
            StandardOutput.Write("        " + refusal.Message + "\n");
            return false;
        }
    }

    private static bool Ready(int descriptor)
    {
        return Descriptor.Poll(descriptor, PollEntry.In, 1000) == 1;
    }

    private static string Beneath()
    {
        int folder = Files.OpenFolder("/proc");
        int result;
        fixed (byte* outside = "self/root\0"u8)
        {
            result = Files.OpenBeneathStrictly(folder, outside);
        }

        Descriptor.Close(folder);
        Descriptor.Close(result);
        return "note    openat2 is "
            + (result is -Errno.NotImplemented or -Errno.NotPermitted ? "not available: links in a shared folder are refused\n"
            : "available\n");
    }

    // What --sandbox can have here. Nothing is confined by looking.
    private static string Confinement()
    {
        int version = Landlock.Version();
        int filter = SystemCallFilter.Probe();
        return "note    sandbox: rules for files (Landlock) are "
            + (version < 0 ? "not available, " + Errno.Describe(version) : "available, version " + ValueText.FormatInteger(version))
            + "; a list of system calls (seccomp) is " + (filter < 0 ? "not available, " + Errno.Describe(filter) : "available") + "\n";
    }
}
