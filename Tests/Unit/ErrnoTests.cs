using Epollsrv.Native;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Errors of the kernel in words.</summary>
public sealed class ErrnoTests
{
    [Fact]
    public void Every_error_of_the_kernel_has_words()
    {
        for (int number = 1; number <= 133; number++)
        {
            string words = Errno.Describe(number);
            Assert.Equal(words, Errno.Describe(-number));
            Assert.NotEmpty(words);

            // 41 and 58 are no errors on these machines.
            Assert.True(number is 41 or 58 || !words.StartsWith("unknown", System.StringComparison.Ordinal), number + ": " + words);
            Assert.DoesNotMatch("^error", words);
        }
    }

    [Theory]
    [InlineData(27, "file too large")]
    [InlineData(95, "operation not supported")]
    [InlineData(97, "this machine has no such address family (IPv6 is off)")]
    [InlineData(122, "disk quota exceeded")]
    public void Words_fit_into_a_sentence(int number, string expected) => Assert.Equal(expected, Errno.Describe(number));
}
