using Orchestrator.HostAgent.Reporting;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Reporting;

public sealed class MachineLabelsTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void A_machine_says_what_it_is()
    {
        Write("etc/os-release", "NAME=\"VMware Photon OS\"\nID=photon\nVERSION_ID=\"5.0\"\nPRETTY_NAME='Photon 5'\n");
        Write("proc/sys/kernel/osrelease", "6.1.10-11.ph5\n");
        Write("proc/sys/net/core/somaxconn", "4096\n");
        Write(
            "proc/self/limits",
            "Limit                     Soft Limit           Hard Limit           Units     \n"
                + "Max processes             95861                95861                processes \n"
                + "Max open files            1024                 524288               files     \n"
        );
        Write(
            "proc/net/route",
            "Iface\tDestination\tGateway \tFlags\nlo0\t0000007F\t00000000\t0001\nens192\t00000000\t0101A8C0\t0003\n"
        );
        Write("sys/class/net/ens192/mtu", "8900\n");
        Write("sys/class/net/lo0/mtu", "65536\n");

        var labels = MachineLabels.Read(_root.Path);

        Assert.Equal("photon", labels["agent/os"]);
        Assert.Equal("5.0", labels["agent/os-version"]);
        Assert.Equal("6.1.10-11.ph5", labels["agent/kernel"]);
        Assert.Equal("4096", labels["agent/somaxconn"]);
        Assert.Equal("524288", labels["agent/open-files"]);
        Assert.Equal("8900", labels["agent/mtu"]);
        Assert.Matches("^(x64|arm64)$", labels["agent/architecture"]);
    }

    [Fact]
    public void What_it_does_not_tell_or_in_no_word_is_left_out()
    {
        Write("etc/os-release", "ID=\nVERSION_ID=two words\n=\nno equals sign\n");
        Write("proc/sys/kernel/osrelease", "");
        Write("proc/net/route", "Iface\tDestination\n");

        Assert.Equal(["agent/architecture"], MachineLabels.Read(_root.Path).Keys);
    }

    [Fact]
    public void This_machine_has_a_kernel_and_open_files()
    {
        var labels = MachineLabels.Read("/");

        Assert.NotEmpty(labels["agent/kernel"]);
        Assert.True(int.Parse(labels["agent/open-files"], System.Globalization.CultureInfo.InvariantCulture) > 0);
    }

    private void Write(string path, string content)
    {
        var file = Path.Combine(_root.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }
}
