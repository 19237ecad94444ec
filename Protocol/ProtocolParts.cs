using System.Runtime.CompilerServices;

namespace Epollsrv.Protocol;

/// <summary>What each protocol keeps on a thread, by <see cref="ProtocolNumber"/>.</summary>
[InlineArray(ProtocolNumber.Count)]
internal struct ProtocolParts
{
    private object? _first;
}
