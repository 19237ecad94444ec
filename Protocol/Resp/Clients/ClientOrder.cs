using System;
using System.Runtime.InteropServices;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>Connections in the order in which they came: by their numbers, not by their slots.</summary>
internal static unsafe class ClientOrder
{
    /// <summary>
    /// Adds the lines of all connections of a type, or of those that the arguments from the third on name, up to the line that passes a
    /// length.
    /// </summary>
    public static void Append(ref ReplyBuffer text, CommandContext call, ClientType type, bool named, int longest)
    {
        int count = Take(call, type, out long* identifiers, out int* indexes);
        try
        {
            int end = named ? call.Count : count;
            for (int i = named ? 3 : 0; i < end && text.Length < longest && text.CountMemory(call.Thread); i++)
            {
                int place = i;
                if (named)
                {
                    _ = Numbers.TryParse(call.Arguments[i].Data, call.Arguments[i].Length, out long identifier);
                    place = new ReadOnlySpan<long>(identifiers, count).BinarySearch(identifier);
                }

                if (place >= 0 && ClientView.TryTake(call, indexes[place], out ClientView view) && view.Identifier == identifiers[place])
                {
                    ClientLine.Append(ref text, call, view);
                }
            }
        }
        finally
        {
            NativeMemory.Free(identifiers);
        }
    }

    // All of a type, by their numbers: in one piece of memory, which is the first array's.
    private static int Take(CommandContext call, ClientType type, out long* identifiers, out int* indexes)
    {
        int used = call.Thread.Server.Connections.Used;
        identifiers = (long*)NativeMemory.Alloc((nuint)used, sizeof(long) + sizeof(int));
        indexes = (int*)(identifiers + used);
        int count = 0;
        for (int index = 0; index < used; index++)
        {
            if (ClientView.TryTake(call, index, out ClientView view) && ClientFilter.IsOf(view, type))
            {
                identifiers[count] = view.Identifier;
                indexes[count++] = index;
            }
        }

        Sort(identifiers, indexes, count);
        return count;
    }

    // Shell's sort: short, and connections are nearly in order already.
    private static void Sort(long* identifiers, int* indexes, int count)
    {
        for (int gap = count / 2; gap > 0; gap /= 2)
        {
            for (int i = gap; i < count; i++)
            {
                long identifier = identifiers[i];
                int index = indexes[i];
                int at = i;
                for (; at >= gap && identifiers[at - gap] > identifier; at -= gap)
                {
                    identifiers[at] = identifiers[at - gap];
                    indexes[at] = indexes[at - gap];
                }

                identifiers[at] = identifier;
                indexes[at] = index;
            }
        }
    }
}
