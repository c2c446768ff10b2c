using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Orchestrator.ControlPlane.Evidence;

/// <summary>One provider of metrics. Whatever goes wrong with it is a reading without a number, never an exception.</summary>
internal sealed class Provider : IDisposable
{
    /// <summary>One number takes a few hundred bytes.</summary>
    private const int MaxAnswerBytes = 64 * 1024;

    private const int MaxShownError = 200;

    private readonly ProviderOptions _options;
    private readonly HttpClient _http;

    public Provider(ProviderOptions options)
    {
        _options = options;
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            Timeout = TimeSpan.FromSeconds(options.TimeoutSeconds),
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        if (options.Token.Length > 0)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
        }
    }

    /// <param name="maxAge">Of the point that is told; an older one is no number.</param>
    public async Task<Reading> AskAsync(
        string text,
        QueryText about,
        DateTimeOffset now,
        TimeSpan maxAge,
        CancellationToken cancellationToken
    )
    {
        var isPrometheus = _options.Kind == ProviderKind.Prometheus;
        var address = isPrometheus
            ? PrometheusAnswer.AddressOf(_options.Url, about.Fill(text, value => value), now, maxAge)
            : $"{_options.Url}{about.Fill(text, Uri.EscapeDataString)}";
        try
        {
            using var answer = await _http.GetAsync(address, cancellationToken);
            var body = await answer.Content.ReadAsStringAsync(cancellationToken);
            // Prometheus says in the body what is wrong with a query, with a status of 400.
            if (!answer.IsSuccessStatusCode && !isPrometheus)
            {
                return new Reading.None(
                    string.Create(CultureInfo.InvariantCulture, $"it answered {(int)answer.StatusCode}")
                );
            }

            using var json = JsonDocument.Parse(body);
            return isPrometheus
                ? PrometheusAnswer.Read(json.RootElement, about.Version)
                : JsonAnswer.Read(json.RootElement, about.Version, now, maxAge);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Reading.None(
                string.Create(CultureInfo.InvariantCulture, $"it did not answer within {_options.TimeoutSeconds} s")
            );
        }
        catch (HttpRequestException exception)
        {
            return new Reading.None($"it cannot be reached: {Short(exception.Message)}");
        }
        catch (Exception exception)
            when (exception
                    is JsonException
                        or UriFormatException
                        or InvalidOperationException
                        or KeyNotFoundException
                        or IndexOutOfRangeException
            )
        {
            return new Reading.None($"its answer is not understood: {Short(exception.Message)}");
        }
    }

    public void Dispose() => _http.Dispose();

    internal static string Short(string text) => text.Length <= MaxShownError ? text : $"{text[..MaxShownError]}…";
}
