using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>The metrics of the process in /metrics, by the names that all of Prometheus's client libraries use. Read at each scrape; what
/// the kernel does not tell is left out. Workers only.</summary>
internal static class ProcessReport
{
    /// <summary>Adds the families.</summary>
    public static void AddMetrics(in MetricsWriter metrics, Server server)
    {
        Begin(metrics, "process_cpu_seconds_total"u8, "counter"u8, "CPU time."u8);
        EndSeconds(metrics, Clock.ProcessCpuTime());
        Begin(metrics, "process_start_time_seconds"u8, "gauge"u8, "When the process began, seconds since 1970."u8);
        EndSeconds(metrics, server.StartedNanoseconds + server.WallOffset);
        ProcessMemory.Read(out long all, out long resident);
        Add(metrics, "process_virtual_memory_bytes"u8, "Address space."u8, all);
        Add(metrics, "process_resident_memory_bytes"u8, "Resident memory."u8, resident);
        Add(metrics, "process_open_fds"u8, "Open descriptors."u8, ProcessCounts.OpenDescriptors());
        Add(metrics, "process_max_fds"u8, "Most descriptors that may be open."u8, ProcessLimits.MostOpenFiles());
        Add(metrics, "process_threads"u8, "Threads."u8, ProcessCounts.Threads());
    }

    private static void Add(in MetricsWriter metrics, ReadOnlySpan<byte> name, ReadOnlySpan<byte> help, long value)
    {
        if (value > 0)
        {
            Begin(metrics, name, "gauge"u8, help);
            metrics.Body.Add(value);
            metrics.Body.Add((byte)'\n');
        }
    }

    private static void Begin(in MetricsWriter metrics, ReadOnlySpan<byte> name, ReadOnlySpan<byte> type, ReadOnlySpan<byte> help)
    {
        metrics.Describe(default, name, type, help);
        metrics.Body.Add(name);
        metrics.Body.Add((byte)' ');
    }

    private static void EndSeconds(in MetricsWriter metrics, long nanoseconds)
    {
        metrics.Body.AddSeconds(nanoseconds);
        metrics.Body.Add((byte)'\n');
    }
}
