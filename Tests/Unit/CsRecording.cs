using System;
using System.Collections.Generic;
using System.IO;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Tests.Unit;

/// <summary>One frame recorded from the C program (Tests/Data/cs-frames.txt).</summary>
internal sealed class CsRecording
{
    private CsRecording(bool fromClient, byte[] frame)
    {
        FromClient = fromClient;
        Frame = frame;
    }

    public bool FromClient { get; }

    public byte[] Frame { get; }

    public static List<CsRecording> Load()
    {
        List<CsRecording> all = [];
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "cs-frames.txt")))
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            string[] parts = line.Split(' ');
            byte[] frame = new byte[CsFrame.Size];
            Convert.FromHexString(parts[3]).CopyTo(frame, 0);
            all.Add(new CsRecording(parts[2] == ">", frame));
        }

        return all;
    }
}
