using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Pages;
using Orchestrator.Manifests;

namespace Orchestrator.ControlPlane.Api;

/// <summary>
/// The HTTP part of a replica. Without a token nothing is open but health, the schemas, since editors that read them have
/// none, and the way to sign in. Hosts join with tokens of their own.
/// </summary>
internal static class ControlPlaneApi
{
    /// <summary>Each manifest file may have 1 MiB; this is what a whole fleet may have.</summary>
    public const long MaxBodyBytes = 16L << 20;

    public static void AddControlPlaneApi(this IServiceCollection services)
    {
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.AddServerHeader = false;
        });
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.RespectNullableAnnotations = true;
            json.SerializerOptions.RespectRequiredConstructorParameters = true;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals;
        });
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddSingleton<SignIns>();
        services.AddSingleton<PlanDesk>();
        services.AddEnrolmentLimits();
        services.AddExceptionHandler<FailureProblems>();
        services.AddApiDescription();
        services.AddStatusPage();
        services
            .AddAuthentication(TokenAuthentication.Token)
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(
                TokenAuthentication.Token,
                configureOptions: null
            );
        services
            .AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build())
            .AddPolicy(Caller.Admin, policy => policy.RequireRole(Caller.Admin));
    }

    public static void UseControlPlaneApi(this WebApplication app)
    {
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(FailureProblems.FillAsync);
        app.UseRateLimiter();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapOpen();
        app.MapOpenApi();
        app.MapApply();
        app.MapCatalog();
        app.MapTrains();
        app.MapNotes();
        app.MapOrders();
        app.MapWindows();
        app.MapRollouts();
        app.MapEvidence();
        app.MapFleet();
        app.MapHosts();
        app.MapEnrolment();
        app.MapInquiries();
        app.MapCopies();
        app.MapExplain();
        app.MapPlans();
        app.MapRebalances();
        app.MapJournal();
        app.MapDelivery();
        app.MapSecrets();
        app.MapTokens();
        app.MapDelegations();
        app.UseStatusPage();
    }

    private static void MapOpen(this WebApplication app)
    {
        app.MapGet("/healthz", () => Results.Text("ok"))
            .Produces<string>(contentType: "text/plain")
            .WithSummary("Whether the program answers")
            .AllowAnonymous();
        app.MapGet(
                "/readyz",
                (Conductor conductor) =>
                    conductor.Current.Version > 0
                        ? Results.Text("ok")
                        : Results.Text("starting", statusCode: StatusCodes.Status503ServiceUnavailable)
            )
            .Produces<string>(contentType: "text/plain")
            .WithSummary("Whether it has state to show")
            .AllowAnonymous();
        app.MapGet(
                "/schemas/{name}",
                (string name) =>
                    ManifestSchemas.Read(name) is { } schema
                        ? Results.Text(schema, "application/schema+json")
                        : Problems.NotFound("schema", name, $"There are: {string.Join(", ", ManifestSchemas.Names)}.")
            )
            .Produces<object>(contentType: "application/schema+json")
            .WithSummary("A JSON Schema of manifests, such as manifest.json")
            .AllowAnonymous();
    }
}
