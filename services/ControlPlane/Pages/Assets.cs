using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>The page's style, script and icon, carried in the assembly: the program may run from any directory.</summary>
internal static class Assets
{
    private static readonly FrozenDictionary<string, Asset> ByName = new[]
    {
        Read("status.css", "text/css; charset=utf-8"),
        Read("status.js", "text/javascript; charset=utf-8"),
        Read("icon.svg", "image/svg+xml"),
    }.ToFrozenDictionary(asset => asset.Name, StringComparer.Ordinal);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet(
                "/assets/{name}",
                (string name, HttpContext context) =>
                {
                    // Asked for each time, answered with 304 while the program is the same.
                    context.Response.Headers.CacheControl = "no-cache";
                    return ByName.TryGetValue(name, out var asset)
                        ? Results.Bytes(asset.Content, asset.ContentType, entityTag: asset.Tag)
                        : Results.NotFound();
                }
            )
            .AllowAnonymous()
            .ExcludeFromDescription();

    private static Asset Read(string name, string contentType)
    {
        using var stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly does not carry {name}.");
        using var content = new MemoryStream();
        stream.CopyTo(content);
        var bytes = content.ToArray();
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\"");
        return new Asset(name, contentType, bytes, tag);
    }

    private sealed record Asset(string Name, string ContentType, byte[] Content, EntityTagHeaderValue Tag);
}
