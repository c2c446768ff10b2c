using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Samples.Tests;

/// <summary>The program itself, as a process: its signals and exit codes are what the host agent relies on.</summary>
public sealed class ProgramTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SIGTERM_lets_a_request_in_flight_finish_and_takes_no_new_one()
    {
        var asked = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var gateway = await RunningSample.StartAsync(_ =>
        {
            asked.SetResult();
            return release.Task;
        });
        var port = FreePort();
        using var process = Start(
            ("PORT", port.ToString(CultureInfo.InvariantCulture)),
            ("ORC_STAGE", "prod"),
            ("ORC_GATEWAY", gateway.Address.ToString()),
            ("SAMPLE_CALLS", "redis")
        );
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        await UntilAsync(() => AnswersAsync(client, "healthz"));

        var inFlight = client.GetStringAsync("", Cancelled);
        await asked.Task.WaitAsync(Patience, Cancelled);
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await UntilAsync(async () => !await ConnectsAsync(port));
        release.SetResult();
        var answer = await inFlight;
        await process.WaitForExitAsync(Cancelled).WaitAsync(Patience, Cancelled);

        Assert.EndsWith("""[{"service":"redis","status":200,"error":""}],"error":""}""", answer);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task A_mistake_ends_the_program_with_2_and_a_reason()
    {
        using var process = Start(("PORT", "none"));

        var error = await process.StandardError.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled).WaitAsync(Patience, Cancelled);

        Assert.Equal("sample: PORT is a whole number from 1 to 65535, not 'none'\n", error);
        Assert.Equal(2, process.ExitCode);
    }

    private static Process Start(params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "sample"))
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }
        return Process.Start(start)!;
    }

    private static async Task<bool> AnswersAsync(HttpClient client, string path)
    {
        try
        {
            using var response = await client.GetAsync(path, Cancelled);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<bool> ConnectsAsync(int port)
    {
        try
        {
            using var connection = new TcpClient();
            await connection.ConnectAsync(IPAddress.Loopback, port, Cancelled);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task UntilAsync(Func<Task<bool>> isTrue)
    {
        var deadline = DateTimeOffset.UtcNow + Patience;
        while (!await isTrue())
        {
            Assert.True(DateTimeOffset.UtcNow < deadline, "It did not come true in time.");
            await Task.Delay(20, Cancelled);
        }
    }
}
