using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.Net.Http.Headers;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Api;

/// <summary>The journal: what was decided, by whom and why.</summary>
internal static class JournalEndpoints
{
    private const int DefaultPage = 100;
    private const int MaxPage = 1_000;
    private const string LastEventId = "Last-Event-ID";

    public static void MapJournal(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/journal",
                async (
                    long? after,
                    int? limit,
                    Database database,
                    ControlPlaneOptions options,
                    CancellationToken cancellationToken
                ) =>
                {
                    var most = Math.Clamp(limit ?? DefaultPage, 1, MaxPage);
                    var page = await Journal.ReadAsync(database, options.Cell, after ?? 0, most, cancellationToken);
                    return new Page<JournalView>([.. page.Select(Shape)]);
                }
            )
            .WithSummary("Decisions: who or what, when and why");
        app.MapGet(
                "/v1/journal/verify",
                async (Database database, ControlPlaneOptions options, CancellationToken cancellationToken) =>
                    await Journal.VerifyAsync(database, options.Cell, cancellationToken) switch
                    {
                        Storage.JournalCheck.Intact(var count) => new Contracts.Http.JournalCheck(true, count, 0),
                        Storage.JournalCheck.Broken(var first) => new Contracts.Http.JournalCheck(false, first, first),
                        var other => throw new InvalidOperationException($"Unknown outcome {other.GetType().Name}."),
                    }
            )
            .WithSummary("Whether the hash chain of the journal holds");
        MapEvents(app);
    }

    private static void MapEvents(IEndpointRouteBuilder app) =>
        app.MapGet(
                "/v1/events",
                (
                    HttpContext context,
                    long? after,
                    Conductor conductor,
                    Database database,
                    ControlPlaneOptions options,
                    IHostApplicationLifetime lifetime,
                    CancellationToken cancellationToken
                ) =>
                {
                    context.Response.Headers[HeaderNames.CacheControl] = "no-store";
                    var start = long.TryParse(
                        context.Request.Headers[LastEventId],
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out var last
                    )
                        ? last
                        : after ?? 0;
                    return TypedResults.ServerSentEvents(
                        FollowAsync(
                            context.Response,
                            start,
                            conductor,
                            database,
                            options.Cell,
                            lifetime,
                            cancellationToken
                        )
                    );
                }
            )
            .WithSummary("The journal as it grows, as server-sent events; Last-Event-ID resumes");

    private static async IAsyncEnumerable<SseItem<JournalView>> FollowAsync(
        HttpResponse response,
        long after,
        Conductor conductor,
        Database database,
        string cell,
        IHostApplicationLifetime lifetime,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        // Else who listens hears nothing, not even that it is connected, before something happens.
        await response.Body.FlushAsync(cancellationToken);
        var stopping = lifetime.ApplicationStopping;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
        var seen = conductor.Current.Version;
        // A server that stops waits for its requests: one that never ends by itself must end then.
        while (!stopping.IsCancellationRequested)
        {
            var page = await Journal.ReadAsync(database, cell, after, MaxPage, cancellationToken);
            foreach (var entry in page)
            {
                after = entry.Sequence;
                yield return new SseItem<JournalView>(Shape(entry), entry.Entry.Action)
                {
                    EventId = entry.Sequence.ToString(CultureInfo.InvariantCulture),
                };
            }

            if (page.Length < MaxPage)
            {
                seen = await SeeChangeAsync(conductor, seen, stopping, over.Token);
            }
        }
    }

    /// <summary>The version seen; the same one when the server stops first.</summary>
    private static async Task<long> SeeChangeAsync(
        Conductor conductor,
        long seen,
        CancellationToken stopping,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return (await conductor.WaitForChangeAsync(seen, cancellationToken)).Version;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return seen;
        }
    }

    private static JournalView Shape(StoredEntry stored) =>
        new(
            stored.Sequence,
            stored.Entry.At,
            stored.Entry.Actor,
            stored.Entry.Action,
            stored.Entry.Subject,
            stored.Entry.Reason,
            stored.Hash
        );
}
