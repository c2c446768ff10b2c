using Orchestrator.HostAgent.Runtimes;

namespace Orchestrator.HostAgent.Tests.Runtimes;

public sealed class ContainerFileTests
{
    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("tmp/file")]
    [InlineData("/tmp/")]
    [InlineData("/tmp/../etc/passwd")]
    [InlineData("/tmp//file")]
    [InlineData("/tmp/./file")]
    [InlineData("/tmp/a\0b")]
    [InlineData("/tmp/a\nb")]
    [InlineData("/proc/sys/kernel/core_pattern")]
    [InlineData("/sys")]
    [InlineData("/dev/sda")]
    public void Only_the_plain_path_of_a_file_is_taken(string path) =>
        Assert.Throws<RuntimeFailedException>(() => ContainerFile.Of(path, mode: 0x1A4, Stream.Null));

    [Theory]
    [InlineData(0x9ED)] // 04755
    [InlineData(-1)]
    [InlineData(0x200)]
    public void No_mode_lends_anybodys_rights(int mode) =>
        Assert.Throws<RuntimeFailedException>(() => ContainerFile.Of("/tmp/file", mode, Stream.Null));

    [Fact]
    public void A_name_of_more_than_a_file_system_takes_is_refused() =>
        Assert.Throws<RuntimeFailedException>(() =>
            ContainerFile.Of("/" + new string('a', 256), mode: 0x1A4, Stream.Null)
        );

    [Theory]
    [InlineData("/file", "/", "file")]
    [InlineData("/tmp/a b/file.txt", "/tmp/a b", "file.txt")]
    public void It_is_a_name_in_a_directory(string path, string directory, string name)
    {
        var file = ContainerFile.Of(path, mode: 0x1A4, Stream.Null);

        Assert.Equal((directory, name), (file.Directory, file.Name));
    }
}
