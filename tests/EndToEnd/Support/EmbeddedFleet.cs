using System.Globalization;

namespace Orchestrator.EndToEnd.Support;

/// <summary>The embedded program with three hosts, which can be killed and started again on what it left.</summary>
internal sealed class EmbeddedFleet : IAsyncDisposable
{
    private static readonly TimeSpan StartWithin = TimeSpan.FromMinutes(1);

    private int _runs;
    private RunningProgram? _program;
    private ControlPlaneView? _view;

    private readonly IReadOnlyList<string> _more;

    private EmbeddedFleet(Site site, IReadOnlyList<string> more) => (Site, _more) = (site, more);

    public Site Site { get; }

    public ControlPlaneView View => _view ?? throw new InvalidOperationException("It has not been started.");

    /// <summary>Whoever was here before keeps their tokens, and finds the program at its new address.</summary>
    public Orc Admin => new(Read("address"), Read("admin-token"));

    /// <param name="more">Arguments beside the usual ones.</param>
    public static async Task<EmbeddedFleet> StartAsync(params IReadOnlyList<string> more)
    {
        var fleet = new EmbeddedFleet(await Site.OpenAsync(), more);
        await fleet.StartProgramAsync();
        return fleet;
    }

    /// <summary>As a crash does it, and as whoever notices it begins again.</summary>
    public async Task KillAndStartAgainAsync()
    {
        await _program!.KillAsync();
        await StartProgramAsync();
    }

    public Task<int> StopAsync() => _program!.StopAsync();

    public Task ProveAsync(Func<Task> proof) => Site.ProveAsync(proof, () => View.DescribeAsync());

    public async ValueTask DisposeAsync()
    {
        _view?.Dispose();
        await Site.DisposeAsync();
    }

    private async Task StartProgramAsync()
    {
        _runs++;
        var program = Site.Start(
            string.Create(CultureInfo.InvariantCulture, $"embedded.{_runs}"),
            new Dictionary<string, string>(StringComparer.Ordinal),
            [
                Programs.Embedded,
                "--data",
                Site.DirectoryOf("data"),
                "--hosts",
                "3",
                "--listen",
                "http://127.0.0.1:0",
                "--gateway",
                Site.Gateway,
                "--runtime",
                Site.Runtime,
                "--images",
                Site.Image.Directory,
                "--cpu",
                "9000",
                "--memory",
                "9216",
                "--verbose",
                .. _more,
            ]
        );
        _program = program;
        await Eventually.IsTrueAsync(
            "the embedded program has started",
            StartWithin,
            () =>
            {
                Assert.False(program.HasExited, "The embedded program ended.");
                return program.ReadLog().Contains("orc status", StringComparison.Ordinal);
            }
        );
        _view?.Dispose();
        _view = new ControlPlaneView(Read("address"), Read("admin-token"));
    }

    private string Read(string file) => File.ReadAllText(Path.Combine(Site.PathOf("data"), file)).Trim();
}
