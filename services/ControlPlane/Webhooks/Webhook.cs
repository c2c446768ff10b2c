using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Webhooks;

/// <summary>One webhook. Whatever goes wrong with it is an answer that opens nothing, never an exception.</summary>
internal sealed class Webhook : IDisposable
{
    /// <summary>A yes or no and why takes a few hundred bytes.</summary>
    private const int MaxAnswerBytes = 64 * 1024;

    private readonly Uri _url;
    private readonly SigningKey _key;
    private readonly HttpClient _http;

    /// <param name="options">Valid ones.</param>
    public Webhook(WebhookOptions options)
    {
        _url = new Uri(options.Url);
        _key = SigningKey.Parse(options.Key) ?? throw new ArgumentException("The key is no key.", nameof(options));
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            Timeout = Timeout.InfiniteTimeSpan, // Each question has its own.
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
    }

    /// <param name="within">For all of it, the last byte of the answer included.</param>
    public async Task<WebhookAnswer> AskAsync(
        WebhookDelivery delivery,
        TimeSpan within,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(within);
        try
        {
            using var request = RequestOf(delivery, now);
            using var response = await _http.SendAsync(request, deadline.Token);
            var body = await response.Content.ReadAsByteArrayAsync(deadline.Token);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => AnswerText.Read(body),
                HttpStatusCode.Accepted => new WebhookAnswer.Pending(AnswerText.ReasonIn(body)),
                var status when (int)status is >= 300 and < 400 => new WebhookAnswer.Failed(
                    string.Create(CultureInfo.InvariantCulture, $"it answered {(int)status}; no redirect is followed")
                ),
                var status => new WebhookAnswer.Failed(
                    string.Create(CultureInfo.InvariantCulture, $"it answered {(int)status}")
                ),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new WebhookAnswer.Failed(
                string.Create(CultureInfo.InvariantCulture, $"it did not answer within {within.TotalSeconds:0.###} s")
            );
        }
        catch (HttpRequestException exception)
        {
            return new WebhookAnswer.Failed(WhyOf(exception));
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage RequestOf(WebhookDelivery delivery, DateTimeOffset now)
    {
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ByteArrayContent(delivery.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("webhook-id", delivery.Id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", _key.Sign(delivery.Id, timestamp, delivery.Body));
        return request;
    }

    /// <summary>In words that are the same each time, so that the journal is not filled with the same failure.</summary>
    private static string WhyOf(HttpRequestException exception) =>
        exception.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "its name is not known",
            HttpRequestError.ConnectionError => "it cannot be reached",
            HttpRequestError.SecureConnectionError => "no trusted connection to it can be made",
            HttpRequestError.ConfigurationLimitExceeded => "its answer is too long",
            HttpRequestError.InvalidResponse => "its answer is no HTTP",
            _ => "its answer breaks off",
        };
}
