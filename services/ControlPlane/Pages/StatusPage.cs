using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.ControlPlane.Api;
using Orchestrator.ControlPlane.Hosting;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>The status page, which changes nothing: rendered on the server, readable without its script, live with it.</summary>
internal static class StatusPage
{
    private const string ContentPolicy =
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public static void AddStatusPage(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddSingleton<Desks>();
        services.AddSingleton<StatusRenderer>();
        services.AddSingleton<StatusBroadcast>();
        services.AddHostedService(provider => provider.GetRequiredService<StatusBroadcast>());
        // Keys live as long as sessions do: with the process. So none are left in anybody's home directory.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "orc_form";
            options.Cookie.SameSite = SameSiteMode.Strict;
        });
    }

    public static void UseStatusPage(this WebApplication app)
    {
        app.UseAntiforgery();
        var pages = app.MapGroup("").AddEndpointFilter(ProtectAsync);
        Assets.Map(pages);
        SignInPage.Map(pages);
        ApprovalPage.Map(pages);
        pages.MapGet("/", ShowAsync).ExcludeFromDescription();
        pages.MapGet("/status/stream", Follow).ExcludeFromDescription();
    }

    private static async Task<RazorComponentResult<StatusDocument>> ShowAsync(
        StatusBroadcast broadcast,
        ControlPlaneOptions options,
        CancellationToken cancellationToken
    )
    {
        var rendered = await broadcast.CurrentAsync(cancellationToken);
        return new RazorComponentResult<StatusDocument>(
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                [nameof(StatusDocument.Cell)] = options.Cell,
                [nameof(StatusDocument.At)] = rendered.At,
                [nameof(StatusDocument.Fragments)] = rendered.Fragments,
            }
        );
    }

    private static IResult Follow(StatusBroadcast broadcast, CancellationToken cancellationToken) =>
        broadcast.IsFull
            ? Problems.Of(
                StatusCodes.Status503ServiceUnavailable,
                "too_many_viewers",
                $"{StatusBroadcast.MaxViewers} pages are open already.",
                "Reload the page to see what is new."
            )
            : TypedResults.ServerSentEvents(broadcast.FollowAsync(cancellationToken));

    private static async ValueTask<object?> ProtectAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        var headers = context.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        return await next(context);
    }
}
