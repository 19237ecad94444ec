using System;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;

using Epollsrv.Native;
using Epollsrv.Share;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>What a peer's name may open, and above all what it may not.</summary>
public sealed unsafe class SharedFolderTests : IDisposable
{
    private readonly TemporaryFolder _outer = new();
    private readonly string _path;
    private readonly SharedFolder _folder;

    public SharedFolderTests()
    {
        _outer.Write("secret.txt", "secret");
        _path = _outer["share"];
        Directory.CreateDirectory(Path.Combine(_path, "sub"));
        File.WriteAllText(Path.Combine(_path, "plain.txt"), "plain");
        File.WriteAllText(Path.Combine(_path, "sub", "inner.txt"), "inner");
        _folder = SharedFolder.TryOpen(_path, out int error)!;
        Assert.Equal(0, error);
    }

    public void Dispose()
    {
        _folder.Close();
        _outer.Dispose();
    }

    [Fact]
    public void A_file_is_opened_and_its_status_told()
    {
        int file = _folder.Open("plain.txt"u8, out FileStatus status);
        Assert.True(file >= 0);
        Assert.True(status.IsRegular);
        Assert.Equal(5, status.Size);
        Assert.Equal("plain", ReadAndClose(file));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("/")]
    [InlineData("/etc/passwd")]
    [InlineData("../secret.txt")]
    [InlineData("sub/inner.txt")]
    [InlineData("sub/../plain.txt")]
    [InlineData("./plain.txt")]
    [InlineData("plain.txt/")]
    [InlineData("plain.txt\0")]
    [InlineData("plain.txt\0/../../secret.txt")]
    [InlineData("\0")]
    [InlineData("\u0001epollsrv")]
    public void A_name_that_is_no_name_of_this_folder_is_refused(string name) => AssertRefused(-Errno.Invalid, name);

    [Fact]
    public void A_name_of_255_bytes_is_looked_up_and_one_of_256_is_not()
    {
        string longest = new('x', 255);
        File.WriteAllText(Path.Combine(_path, longest), "long");
        int file = _folder.Open(Encoding.UTF8.GetBytes(longest), out _);
        Assert.Equal("long", ReadAndClose(file));
        AssertRefused(-Errno.NameTooLong, longest + "x");
    }

    [Theory]
    [InlineData("download.bin.part")]
    [InlineData(".tmp-epollsrv-1")]
    public void A_temporary_file_is_treated_as_not_there(string name)
    {
        File.WriteAllText(Path.Combine(_path, name), "half");
        AssertRefused(-Errno.NoEntry, name);
    }

    [Fact]
    public void Any_other_bytes_can_be_a_name()
    {
        // Not UTF-8: made by a shell, since .NET would change them.
        Assert.True(_outer.Run("sh", "-c", "printf data > \"$(printf 'share/b\\200\\377 \\n*')\""));
        int file = _folder.Open([(byte)'b', 0x80, 0xFF, (byte)' ', (byte)'\n', (byte)'*'], out _);
        Assert.Equal("data", ReadAndClose(file));
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_told_apart()
    {
        AssertRefused(-Errno.NoEntry, "missing");
        AssertRefused(-Errno.IsDirectory, "sub");
    }

    [Theory]
    [InlineData("../secret.txt")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/../../secret.txt")]
    [InlineData("..")]
    public void A_link_that_leaves_the_folder_is_refused(string target)
    {
        File.CreateSymbolicLink(Path.Combine(_path, "link"), target);
        Assert.Contains(_folder.Open("link"u8, out _), new[] { -Errno.CrossDevice, -Errno.TooManyLinks });
    }

    [Fact]
    public void A_link_by_its_absolute_path_is_refused_even_to_the_folder_itself()
    {
        File.CreateSymbolicLink(Path.Combine(_path, "link"), Path.Combine(_path, "plain.txt"));
        Assert.Contains(_folder.Open("link"u8, out _), new[] { -Errno.CrossDevice, -Errno.TooManyLinks });
    }

    [Fact]
    public void A_link_that_goes_through_the_processes_descriptors_is_refused()
    {
        using FileStream secret = File.OpenRead(_outer["secret.txt"]);
        File.CreateSymbolicLink(Path.Combine(_path, "link"), "/proc/self/fd/" + secret.SafeFileHandle.DangerousGetHandle());
        Assert.True(_folder.Open("link"u8, out _) < 0);
    }

    [Fact]
    public void A_link_that_stays_inside_is_followed_where_the_kernel_can_check_it()
    {
        File.CreateSymbolicLink(Path.Combine(_path, "link"), "sub/inner.txt");
        File.CreateSymbolicLink(Path.Combine(_path, "sub", "back"), "../plain.txt");
        File.CreateSymbolicLink(Path.Combine(_path, "chain"), "sub/back");
        int link = _folder.Open("link"u8, out FileStatus status);
        if (link == -Errno.TooManyLinks)
        {
            Assert.True(KernelLacksOpenat2(), "links are refused only where openat2 is missing");
            return;
        }

        Assert.True(status.IsRegular);
        Assert.Equal("inner", ReadAndClose(link));
        Assert.Equal("plain", ReadAndClose(_folder.Open("chain"u8, out _)));
    }

    [Theory]
    [InlineData("loop", -Errno.TooManyLinks)]
    [InlineData("missing", -Errno.NoEntry)]
    [InlineData("sub", -Errno.IsDirectory)]
    public void A_link_to_itself_to_nothing_or_to_a_folder_is_refused(string target, int expected)
    {
        File.CreateSymbolicLink(Path.Combine(_path, "loop"), target);
        Assert.Contains(_folder.Open("loop"u8, out _), new[] { expected, -Errno.TooManyLinks });
    }

    [Fact]
    public void Where_the_kernel_lacks_openat2_every_link_is_refused()
    {
        File.CreateSymbolicLink(Path.Combine(_path, "link"), "plain.txt");
        fixed (byte* link = "link\0"u8, plain = "plain.txt\0"u8)
        {
            Assert.Equal(-Errno.TooManyLinks, Files.OpenWithoutLinks(_folder.Descriptor, link));
            Assert.Equal("plain", ReadAndClose(Files.OpenWithoutLinks(_folder.Descriptor, plain)));
        }
    }

    [Fact]
    public void A_FIFO_hangs_nobody_and_its_writer_goes_on_waiting()
    {
        Assert.True(_outer.Run("mkfifo", "share/fifo"));
        File.CreateSymbolicLink(Path.Combine(_path, "link"), "fifo");
        using Process writer =
            Process.Start(new ProcessStartInfo("sh", ["-c", "echo x > '" + _path + "/fifo'"]) { RedirectStandardError = true })!;
        try
        {
            Thread.Sleep(50);
            AssertRefused(-Errno.NotPermitted, "fifo");
            Thread.Sleep(50);
            Assert.False(writer.HasExited);
            Assert.True(_folder.Open("link"u8, out _) < 0);
        }
        finally
        {
            writer.Kill();
            writer.WaitForExit();
        }
    }

    [Fact]
    public void A_socket_and_a_device_are_refused()
    {
        using System.Net.Sockets.Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_path, "socket")));
        AssertRefused(-Errno.NotPermitted, "socket");
        fixed (byte* name = "null\0"u8)
        {
            // Making a device needs privileges: /dev has one that everybody may open.
            SharedFolder devices = SharedFolder.TryOpen("/dev", out _)!;
            Assert.Equal(-Errno.NotPermitted, devices.Open("null"u8, out _));
            Assert.Equal(0, Files.StatusAt(devices.Descriptor, name, out FileStatus status));
            Assert.False(status.IsRegular);
            devices.Close();
        }
    }

    [Fact]
    public void A_folder_that_is_renamed_goes_on_and_one_put_in_its_place_is_not_used()
    {
        Directory.Move(_path, _outer["elsewhere"]);
        Directory.CreateDirectory(_path);
        File.WriteAllText(Path.Combine(_path, "plain.txt"), "another");
        Assert.Equal("plain", ReadAndClose(_folder.Open("plain.txt"u8, out _)));
    }

    [Theory]
    [InlineData("missing", Errno.NoEntry)]
    [InlineData("secret.txt", Errno.NotDirectory)]
    [InlineData("", Errno.NotDirectory)]
    public void What_is_no_folder_cannot_be_opened(string name, int expected)
    {
        string path = name.Length == 0 ? _outer["secret.txt"] + "/" : _outer[name];
        Assert.Null(SharedFolder.TryOpen(path, out int error));
        Assert.Equal(-expected, error);
        Assert.Null(SharedFolder.TryOpen(string.Empty, out error));
        Assert.Equal(-Errno.NoEntry, error);
    }

    [Fact]
    public void Random_names_open_nothing_but_the_file_of_that_name()
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        byte[] alphabet = [(byte)'.', (byte)'/', 0, (byte)'p', (byte)'s', 0xFF];
        Span<byte> name = stackalloc byte[300];
        for (int i = 0; i < 20_000; i++)
        {
            Span<byte> part = name[..random.Next(0, i % 50 == 0 ? 300 : 6)];
            foreach (ref byte letter in part)
            {
                letter = alphabet[random.Next(alphabet.Length)];
            }

            Assert.True(_folder.Open(part, out _) < 0, "seed " + seed);
        }
    }

    private static bool KernelLacksOpenat2()
    {
        fixed (byte* itself = ".\0"u8)
        {
            int result = Files.OpenBeneathStrictly(Files.CurrentFolder, itself);
            Descriptor.Close(result);
            return result is -Errno.NotImplemented or -Errno.NotPermitted;
        }
    }

    private static string ReadAndClose(int file)
    {
        Assert.True(file >= 0, Errno.Describe(file));
        byte* buffer = stackalloc byte[64];
        nint count = Files.ReadAt(file, buffer, 64, 0);
        Descriptor.Close(file);
        return Encoding.UTF8.GetString(buffer, (int)count);
    }

    private void AssertRefused(int expected, string name)
    {
        Assert.Equal(expected, _folder.Open(Encoding.UTF8.GetBytes(name), out _));
    }
}
