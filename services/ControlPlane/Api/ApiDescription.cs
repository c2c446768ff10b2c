using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Orchestrator.Contracts.Http;

namespace Orchestrator.ControlPlane.Api;

/// <summary>The OpenAPI document: what the endpoints themselves do not say.</summary>
internal static class ApiDescription
{
    private const string Scheme = "token";
    private const string HostScheme = "hostToken";
    private const string VersionPrefix = "/v1/";

    public static void AddApiDescription(this IServiceCollection services) =>
        services.AddOpenApi(options =>
        {
            options.AddDocumentTransformer(
                (document, _, _) =>
                {
                    document.Info = new OpenApiInfo
                    {
                        Title = "Orchestrator",
                        Version = "v1",
                        Description = "Publishes, places and rolls out independently versioned services.",
                    };
                    document.Components ??= new OpenApiComponents();
                    document.AddComponent<IOpenApiSecurityScheme>(
                        Scheme,
                        new OpenApiSecurityScheme
                        {
                            Type = SecuritySchemeType.Http,
                            Scheme = "bearer",
                            Description = "A token of `orc token create`, or the first one in the file admin-token.",
                        }
                    );
                    document.AddComponent<IOpenApiSecurityScheme>(
                        HostScheme,
                        new OpenApiSecurityScheme
                        {
                            Type = SecuritySchemeType.Http,
                            Scheme = "bearer",
                            Description = "A token of `orc host token`, which lets one host join once.",
                        }
                    );
                    return Task.CompletedTask;
                }
            );
            options.AddOperationTransformer(CompleteAsync);
        });

    /// <summary>What a success brings, for handlers that also answer with problems.</summary>
    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder endpoint, string summary) =>
        endpoint.Produces<T>().WithSummary(summary);

    /// <summary>Takes no token but that of a host, and looks at it itself.</summary>
    public static RouteHandlerBuilder TakesHostToken(this RouteHandlerBuilder endpoint) =>
        endpoint.AllowAnonymous().WithMetadata(new OwnScheme(HostScheme));

    private static async Task CompleteAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var (method, path) = (context.Description.HttpMethod ?? "", "/" + context.Description.RelativePath);
        operation.OperationId = IdOf(method, path);
        var area = path.Replace(VersionPrefix, "", StringComparison.Ordinal).Trim('/').Split('/')[0];
        operation.Tags = new HashSet<OpenApiTagReference> { new(area, context.Document) };

        var problem = await context.GetOrCreateSchemaAsync(
            typeof(Problem),
            parameterDescription: null,
            cancellationToken
        );
        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "What is wrong, where, and what to do about it",
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["application/problem+json"] = new() { Schema = problem },
            },
        };
        if (SchemeOf(context.Description.ActionDescriptor.EndpointMetadata) is { } scheme)
        {
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] }];
        }
    }

    /// <summary>Null for what is open.</summary>
    private static string? SchemeOf(IList<object> metadata)
    {
        var otherwise = metadata.OfType<IAllowAnonymous>().Any() ? null : Scheme;
        return metadata.OfType<OwnScheme>().FirstOrDefault()?.Name ?? otherwise;
    }

    /// <summary>Such as <c>postRolloutsLineNumberStageApprove</c>: unique, since the path is in it.</summary>
    private static string IdOf(string method, string path) =>
        string.Concat(
            path.Replace(VersionPrefix, "", StringComparison.Ordinal)
                .Split(['/', '-', '{', '}'], StringSplitOptions.RemoveEmptyEntries)
                .Select(word => char.ToUpperInvariant(word[0]) + word[1..])
                .Prepend(method.ToLower(CultureInfo.InvariantCulture))
        );

    private sealed record OwnScheme(string Name);
}
