using System;
using System.Globalization;
using System.Text;
using Epollsrv.Native;

namespace Epollsrv.Commands.Bench;

/// <summary>What the processes given by --pid used during the measurement, from /proc. Main thread.</summary>
internal sealed unsafe class ServerProcess
{
    // USER_HZ, the unit of times in /proc/PID/stat: 100 on every architecture that the program is built for.
    private const double TicksPerSecond = 100;

    private readonly string[] _processes;

    /// <summary>Names the processes.</summary>
    public ServerProcess(string[] processes) => _processes = processes;

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

    private static string? Read(string process, string file) => Files.ReadText("/proc/" + process + file, 1 << 16, out _);

    private void Sample(int sign)
    {
        Resident = 0;
        Threads = 0;
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

            Resident += Field(Read(process, "/smaps_rollup") ?? Read(process, "/status"), Read(process, "/smaps_rollup") is null ? "VmRSS:" : "Rss:") * 1024;
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
                    string? status = Files.ReadText(folder + "/" + Encoding.ASCII.GetString(entries.NameBytes) + "/status", 1 << 14, out _);
                    Voluntary += sign * Field(status, "\nvoluntary_ctxt_switches:");
                    Involuntary += sign * Field(status, "\nnonvoluntary_ctxt_switches:");
                    Threads++;
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

    private static long Number(ReadOnlySpan<char> text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : 0;
}
