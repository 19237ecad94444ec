using Epollsrv.Commands;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Which nodes do not start because everybody could use them.</summary>
public sealed class ExposureTests
{
    [Theory]
    [InlineData("--bind=0.0.0.0")]
    [InlineData("--bind=127.0.0.1,192.0.2.1")]
    [InlineData("--bind=::")]
    [InlineData("--bind=0.0.0.0", "--cs-open=10.0.0.5")]
    [InlineData("--bind=0.0.0.0", "--cs-open=all")]
    public void A_public_address_without_a_password_is_refused_with_78(params string[] arguments) =>
        Assert.Equal(ExitCode.Configuration, Read(arguments));

    [Theory]
    [InlineData("--bind=127.0.0.1,::1,unix:/tmp/x")]
    [InlineData("--bind=127.0.0.1", "--cs-open=10.0.0.5")]
    [InlineData("--bind=0.0.0.0", "--password=secret")]
    [InlineData("--bind=0.0.0.0", "--password=secret", "--cs-open=10.0.0.5")]
    [InlineData("--bind=0.0.0.0", "--open")]
    public void Loopback_a_password_or_the_users_word_let_it_start(params string[] arguments) =>
        Assert.Equal(OptionSet.GoOn, Read(arguments));

    private static int Read(string[] arguments)
    {
        OptionSet options = ServeOptions.Declare();
        Assert.Equal(OptionSet.GoOn, options.Parse(arguments));
        byte[] password = Ring.RingPassword.Value;
        try
        {
            return ServeOptions.Read(options, out _);
        }
        finally
        {
            Ring.RingPassword.Value = password;
        }
    }
}
