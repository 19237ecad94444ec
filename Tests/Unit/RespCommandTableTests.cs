using System;
using System.Runtime.InteropServices;
using System.Text;

using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

using Xunit;

namespace Epollsrv.Tests.Unit;

public sealed unsafe class RespCommandTableTests
{
    [Fact]
    public void Every_command_is_found_by_its_name_in_any_case()
    {
        for (int number = 1; number < CommandTable.Count; number++)
        {
            Command* command = CommandTable.At(number);
            string name = Encoding.ASCII.GetString(command->Name);
            int bar = name.IndexOf('|', StringComparison.Ordinal);
            if (bar >= 0)
            {
                Assert.True(command->IsSubcommand);
                Assert.True(command == CommandTable.FindSubcommand(
                    CommandTable.At(command->Relative), Pinned(name[(bar + 1)..].ToUpperInvariant()), name.Length - bar - 1), name);
                continue;
            }

            Assert.True(command == CommandTable.Find(Pinned(name), name.Length), name);
            Assert.True(command == CommandTable.Find(Pinned(name.ToUpperInvariant()), name.Length), name);
            Assert.True(CommandTable.Find(Pinned(name + "x"), name.Length + 1) != command, name);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("ge")]
    [InlineData("getx")]
    [InlineData("[et")]
    [InlineData("\0")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void No_other_name_is_found(string name) => Assert.True(CommandTable.Find(Pinned(name), name.Length) == null);

    [Fact]
    public void A_name_at_the_end_of_the_last_page_is_read_without_a_fault()
    {
        // The page behind is not there: reading past the name would end the process.
        byte* pages = (byte*)Memory.Map(2 * Memory.PageSize);
        Assert.Equal(0, Memory.Unmap(pages + Memory.PageSize, Memory.PageSize));
        byte* name = pages + Memory.PageSize - 3;
        "gEt"u8.CopyTo(new Span<byte>(name, 3));
        Assert.True(CommandTable.Find(name, 3) != null);
        _ = Memory.Unmap(pages, Memory.PageSize);
    }

    // Kept until the process ends: a few bytes.
    private static byte* Pinned(string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text + "zzzzzzzzzzzzzzzz");
        byte* copy = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        return copy;
    }
}
