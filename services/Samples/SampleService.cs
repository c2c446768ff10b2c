using System.Text.Json;

namespace Orchestrator.Samples;

/// <summary>One copy of a service: answers any path, calls its downstreams for it, and fails or delays when told to.</summary>
internal sealed class SampleService(ServiceSettings settings) : IDisposable
{
    private const int MaxDelayMilliseconds = 60_000;

    private readonly Downstreams _downstreams = new(settings.Calls);
    private readonly ErrorSpread _errors = new();
    private volatile Chaos _chaos = settings.Chaos;

    public static async Task RunAsync(ServiceSettings settings, CancellationToken cancellationToken)
    {
        using var service = new SampleService(settings);
        await using var app = SampleHost.Create(settings.Port, service.RespondAsync);
        await app.RunAsync(cancellationToken);
    }

    public void Dispose() => _downstreams.Dispose();

    public Task RespondAsync(HttpContext context) =>
        context.Request.Path.Value switch
        {
            "/healthz" => AnswerAsync(context, StatusCodes.Status200OK, [], error: ""),
            "/sample" when HttpMethods.IsPost(context.Request.Method) => ChangeAsync(context),
            _ => ServeAsync(context),
        };

    private async Task ServeAsync(HttpContext context)
    {
        var chaos = _chaos;
        if (chaos.DelayMilliseconds > 0)
        {
            await Task.Delay(chaos.DelayMilliseconds, context.RequestAborted);
        }
        if (_errors.NextFails(chaos.ErrorPercent))
        {
            await AnswerAsync(context, StatusCodes.Status500InternalServerError, [], "told to fail");
            return;
        }

        var calls = await _downstreams.CallAllAsync(context.RequestAborted);
        var failed = calls.Where(call => call.HasFailed).Select(call => $"{call.Service}: {call.Error}").ToArray();
        await AnswerAsync(
            context,
            failed is [] ? StatusCodes.Status200OK : StatusCodes.Status502BadGateway,
            calls,
            string.Join("; ", failed)
        );
    }

    private async Task ChangeAsync(HttpContext context)
    {
        switch (await ReadOrderAsync(context))
        {
            case null or { ErrorPercent: < 0 or > 100 } or { DelayMilliseconds: < 0 or > MaxDelayMilliseconds }:
                await RefuseAsync(
                    context,
                    StatusCodes.Status400BadRequest,
                    $"errorPercent is 0 to 100, delayMilliseconds 0 to {MaxDelayMilliseconds}"
                );
                break;

            case { Version: { } version } when !string.Equals(version, settings.Version, StringComparison.Ordinal):
                await RefuseAsync(context, StatusCodes.Status409Conflict, $"this is version {settings.Version}");
                break;

            case var order:
                var before = _chaos;
                _chaos = new Chaos(
                    order.ErrorPercent ?? before.ErrorPercent,
                    order.DelayMilliseconds ?? before.DelayMilliseconds
                );
                await SampleHost.WriteAsync(context, StatusCodes.Status200OK, _chaos, SampleJson.Default.Chaos);
                break;
        }
    }

    private static async Task<ChaosOrder?> ReadOrderAsync(HttpContext context)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(
                context.Request.Body,
                SampleJson.Default.ChaosOrder,
                context.RequestAborted
            );
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, string error) =>
        SampleHost.WriteAsync(context, status, new Refusal(error), SampleJson.Default.Refusal);

    private Task AnswerAsync(HttpContext context, int status, IReadOnlyList<CallOutcome> calls, string error) =>
        SampleHost.WriteAsync(
            context,
            status,
            new Answer(settings.Service, settings.Version, settings.Instance, calls, error),
            SampleJson.Default.Answer
        );
}
