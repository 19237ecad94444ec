using System.Text;

using Epollsrv.Protocol.Resp;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Which arguments MONITOR and the slow log hide.</summary>
public sealed unsafe class RespSecretArgumentsTests
{
    [Theory]
    [InlineData("AUTH secret", 1, 1)]
    [InlineData("auth user secret", 1, 2)]
    [InlineData("HELLO", 1, 0)]
    [InlineData("HELLO 3", 2, 0)]
    [InlineData("hello 3 auth user secret", 3, 2)]
    [InlineData("hello 3 setname x auth user secret", 5, 2)]
    [InlineData("hello x auth secret", 3, 1)]
    [InlineData("config set requirepass secret", 3, 1)]
    [InlineData("get auth", 2, 0)]
    public void Passwords_are_found_and_nothing_behind_the_request_is_looked_at(string request, int first, int count)
    {
        string[] words = request.Split(' ');
        Argument* arguments = stackalloc Argument[words.Length + 1];
        byte* bytes = stackalloc byte[request.Length];
        int used = 0;
        for (int i = 0; i < words.Length; i++)
        {
            arguments[i] = new Argument { Data = bytes + used, Length = words[i].Length };
            used += Encoding.ASCII.GetBytes(words[i], new System.Span<byte>(bytes + used, request.Length - used));
        }

        // What an earlier request left there: whoever reads it ends the process, or the test.
        arguments[words.Length] = new Argument { Data = (byte*)16, Length = 5 };
        int found = SecretArguments.Find(arguments, words.Length, out int begin);
        Assert.Equal(count, found);
        if (count > 0)
        {
            Assert.Equal(first, begin);
        }
    }
}
