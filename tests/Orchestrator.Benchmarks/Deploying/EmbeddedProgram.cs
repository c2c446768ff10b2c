using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace Orchestrator.Benchmarks.Deploying;

/// <summary>The embedded program with one host, asked over its API.</summary>
internal sealed class EmbeddedProgram : IAsyncDisposable
{
    private static readonly TimeSpan StartWithin = TimeSpan.FromMinutes(1);

    private readonly BenchSite _site;
    private readonly string _name;
    private readonly Process _process;
    private readonly HttpClient _http;

    private EmbeddedProgram(BenchSite site, string name, Process process, HttpClient http) =>
        (_site, _name, _process, _http) = (site, name, process, http);

    /// <summary>What it has printed.</summary>
    public string Log => _site.ReadLog(_name);

    /// <param name="name">Of its log.</param>
    /// <param name="more">Options beyond those that all have.</param>
    public static async Task<EmbeddedProgram> StartAsync(BenchSite site, string name, string runtime, string[] more)
    {
        var data = site.DataDirectory(name);
        var process = site.Start(
            name,
            Programs.Embedded,
            [
                "--data",
                data,
                "--listen",
                "http://127.0.0.1:0",
                "--gateway",
                "http://127.0.0.1:0",
                "--runtime",
                runtime,
                "--cpu",
                "16000",
                .. more,
            ]
        );
        await BenchSite.UntilAsync(
            $"orchestrator runs:\n{site.ReadLog(name)}",
            Stopwatch.GetTimestamp(),
            StartWithin,
            () => Task.FromResult(site.ReadLog(name).Contains("orc status", StringComparison.Ordinal))
        );
        var http = new HttpClient { BaseAddress = new Uri(Read("address")) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Read("admin-token"));
        return new EmbeddedProgram(site, name, process, http);

        string Read(string file) => File.ReadAllText(Path.Combine(data, file)).Trim();
    }

    public async Task<T> GetAsync<T>(string path) =>
        await _http.GetFromJsonAsync<T>(new Uri(path, UriKind.Relative))
        ?? throw new InvalidDataException($"{path}: nothing");

    public async Task PostAsync<T>(string path, T body)
    {
        using var answer = await _http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidDataException($"{path}: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _site.StopAsync(_process);
    }
}
