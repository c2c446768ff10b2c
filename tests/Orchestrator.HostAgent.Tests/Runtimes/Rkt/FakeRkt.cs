namespace Orchestrator.HostAgent.Tests.Runtimes.Rkt;

/// <summary>The program that imitates rkt (fake-rkt.sh, which says how), with faults of its own for each test.</summary>
internal sealed class FakeRkt
{
    private const UnixFileMode Executable =
        UnixFileMode.UserRead
        | UnixFileMode.UserWrite
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherExecute;

    private readonly string _faults;

    public FakeRkt(string directory)
    {
        _faults = System.IO.Path.Combine(directory, "faults");
        Path = System.IO.Path.Combine(directory, "fake-rkt");
        Stage1 = System.IO.Path.Combine(directory, "stage1-fly.aci");
        if (File.Exists(Path))
        {
            return;
        }

        Directory.CreateDirectory(_faults);
        File.WriteAllText(Stage1, "");
        var program = System.IO.Path.Combine(AppContext.BaseDirectory, "Runtimes/Rkt/fake-rkt.sh");
        File.SetUnixFileMode(program, Executable);
        // Not a copy: a file that somebody has open for writing cannot be run.
        File.CreateSymbolicLink(Path, program);
    }

    public string Path { get; }

    public string Stage1 { get; }

    /// <summary>From now on the command does nothing but say this.</summary>
    public void Fail(string verb, string text) =>
        File.WriteAllText(System.IO.Path.Combine(_faults, $"fail-{verb}"), text);

    /// <summary>The command waits where it is until <see cref="GoOn"/>: <c>VERB</c>, or <c>VERB-end</c>.</summary>
    public void Stall(string place) => File.WriteAllText(System.IO.Path.Combine(_faults, $"stall-{place}"), "");

    public void GoOn(string place) => File.Delete(System.IO.Path.Combine(_faults, $"stall-{place}"));
}
