using System;
using System.Globalization;
using System.Text;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Bench;

/// <summary>What the processes given by --pid used during the measurement, from /proc. Main thread.</summary>
internal sealed unsafe class ServerProcess
{
    // USER_HZ, the unit of times in /proc/PID/stat: 100 on every architecture that the program is built for.
    private const double TicksPerSecond = 100;
    private const int MostThreads = 4096;

    // What the server does by the clock must not weigh more than what it does for requests.
    private const int FewestTraced = 100;
    private const long LongestTrace = 10_000_000_000;

    private readonly string[] _processes;
    private readonly int[] _tasks = new int[MostThreads];
    private int _taskCount;

    /// <summary>Names the processes.</summary>
    /// <param name="processes">Their numbers.</param>
    /// <param name="trace">Nanoseconds for which system calls are counted; 0 for not at all.</param>
    public ServerProcess(string[] processes, long trace)
    {
        _processes = processes;
        Trace = trace;
    }

    /// <summary>Nanoseconds for which system calls are counted.</summary>
    public long Trace { get; }

    /// <summary>System calls per request, counted before the measurement; negative when they were not counted.</summary>
    public double CallsPerRequest { get; private set; } = -1;

    /// <summary>Why they were not; null when they were, or were not wanted.</summary>
    public string? CallsFailure { get; private set; }

    /// <summary>CPU seconds in user mode. Counted by the kernel in hundredths of a second.</summary>
    public double User { get; private set; }

    /// <summary>CPU seconds in the kernel.</summary>
    public double System { get; private set; }

    /// <summary>Context switches because a thread waited.</summary>
    public long Voluntary { get; private set; }

    /// <summary>Context switches because the kernel took the processor away.</summary>
    public long Involuntary { get; private set; }

    /// <summary>Bytes resident at the end.</summary>
    public long Resident { get; private set; }

    /// <summary>Threads at the end.</summary>
    public int Threads { get; private set; }

    /// <summary>The first process that does not exist or cannot be read; null when all can.</summary>
    public string? Unreadable()
    {
        foreach (string process in _processes)
        {
            if (!ValueText.TryParseInteger(process, out long number) || number <= 0 || Read(process, "/stat") is null)
            {
                return process;
            }
        }

        return null;
    }

    /// <summary>The measurement begins.</summary>
    public void Begin() => Sample(-1);

    /// <summary>The measurement ends.</summary>
    public void End() => Sample(1);

    /// <summary>Reads how much memory is resident: exactly where the kernel sums
    /// it up on demand (smaps_rollup), else by its running count.</summary>
    public void ReadMemory()
    {
        Resident = 0;
        foreach (string process in _processes)
        {
            string? exact = Read(process, "/smaps_rollup");
            Resident += 1024 * (exact is null ? Field(Read(process, "/status"), "VmRSS:") : Field(exact, "Rss:"));
        }
    }

    /// <summary>Counts system calls while the load of a run goes on. The server is many times slower meanwhile.</summary>
    public void CountCalls(LoadRun run)
    {
        _taskCount = 0;
        foreach (string process in _processes)
        {
            SampleThreads("/proc/" + process + "/task", 0);
        }

        SystemCallCounter counter = new(_tasks.AsSpan(0, _taskCount).ToArray());
        int result = counter.Attach();
        if (result < 0)
        {
            CallsFailure = "cannot trace it: " + Errno.Describe(result);
            return;
        }

        long before = run.Replies();
        long end = Clock.Monotonic() + LongestTrace;
        long requests;
        do
        {
            counter.Count(Trace);
            requests = run.Replies() - before;
        }
        while (requests < FewestTraced && Clock.Monotonic() < end);

        counter.DetachAll();
        bool isEnough = requests >= FewestTraced;
        CallsPerRequest = isEnough ? (double)counter.Calls / requests : -1;
        CallsFailure = isEnough ? null : "too few requests were answered while it was traced";
    }

    private static string? Read(string process, string file) => TextFile.Read("/proc/" + process + file, 1 << 16, out _);

    private void Sample(int sign)
    {
        ReadMemory();
        Threads = 0;
        _taskCount = 0;
        foreach (string process in _processes)
        {
            // "PID (NAME) STATE …": the name may hold anything, so fields are counted from its closing parenthesis.
            string stat = Read(process, "/stat") ?? string.Empty;
            string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 12)
            {
                User += sign * Number(fields[11]) / TicksPerSecond;
                System += sign * Number(fields[12]) / TicksPerSecond;
            }

            SampleThreads("/proc/" + process + "/task", sign);
        }
    }

    private void SampleThreads(string folder, int sign)
    {
        int descriptor = Files.OpenFolder(folder);
        if (descriptor < 0)
        {
            return;
        }

        byte[] buffer = new byte[8192];
        fixed (byte* start = buffer)
        {
            nint length;
            while ((length = Files.ReadDirectory(descriptor, start, buffer.Length)) > 0)
            {
                DirectoryEntries entries = new(start, length);
                while (entries.MoveNext())
                {
                    string thread = Encoding.ASCII.GetString(entries.NameBytes);
                    string? status = TextFile.Read(folder + "/" + thread + "/status", 1 << 14, out _);
                    Voluntary += sign * Field(status, "\nvoluntary_ctxt_switches:");
                    Involuntary += sign * Field(status, "\nnonvoluntary_ctxt_switches:");
                    Threads++;
                    if (_taskCount < _tasks.Length)
                    {
                        _tasks[_taskCount++] = (int)Number(thread);
                    }
                }
            }
        }

        Descriptor.Close(descriptor);
    }

    // The number after a name in a text of lines; 0 when there is none.
    private static long Field(string? text, string name)
    {
        int place = text is null ? -1 : text.IndexOf(name, StringComparison.Ordinal);
        if (place < 0)
        {
            return 0;
        }

        ReadOnlySpan<char> rest = text.AsSpan(place + name.Length).TrimStart();
        int end = rest.IndexOfAnyExceptInRange('0', '9');
        return Number(end < 0 ? rest : rest[..end]);
    }

    private static long Number(ReadOnlySpan<char> text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : 0;
}
