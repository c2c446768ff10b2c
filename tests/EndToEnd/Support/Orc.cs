using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Contracts.Http;

namespace Orchestrator.EndToEnd.Support;

/// <summary>The command line, run by somebody who knows an address and has a token.</summary>
internal sealed record Orc(string Address, string Secret)
{
    /// <summary>Longer than whatever a command was told to wait for.</summary>
    private static readonly TimeSpan RunWithin = TimeSpan.FromMinutes(4);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Fails the test unless it answers 0.</summary>
    public Task<string> RunAsync(params IReadOnlyList<string> arguments) => ExpectAsync(0, arguments);

    /// <summary>Fails the test unless it answers the code. Returns its output.</summary>
    public async Task<string> ExpectAsync(int code, params IReadOnlyList<string> arguments)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(RunWithin);
        var start = new ProcessStartInfo(Programs.Orc, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ORC_ADDR"] = Address, ["ORC_TOKEN"] = Secret },
        };
        using var process = Process.Start(start) ?? throw new UnreachableException("orc did not start.");
        var error = process.StandardError.ReadToEndAsync(late.Token);
        var output = await process.StandardOutput.ReadToEndAsync(late.Token);
        await process.WaitForExitAsync(late.Token);
        var said = $"$ orc {string.Join(' ', arguments)}\n{await error}{output}";
        TestOutput.Say(arguments.Contains("token") ? "$ orc token" : said);
        Assert.True(process.ExitCode == code, $"{said}\nIt ended with {process.ExitCode} and not with {code}.");
        return output;
    }

    /// <summary>The same command line in the hands of somebody new.</summary>
    public async Task<Orc> ForAsync(string name, string role)
    {
        var created = await RunAsync("token", "create", name, "--role", role, "-o", "json");
        return this with { Secret = JsonSerializer.Deserialize<TokenCreated>(created, Json)!.Secret };
    }
}
