using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>As much of a registry as a pull by digest needs, behind a password.</summary>
internal sealed class TestRegistry : IAsyncDisposable
{
    private const string Password = "user:secret:with-colon";

    private readonly WebApplication _site;
    private readonly string _directory;
    private int _requests;

    private TestRegistry(WebApplication site, string directory) => (_site, _directory) = (site, directory);

    /// <summary>Those that had the password.</summary>
    public int Requests => _requests;

    /// <summary>As <c>docker login</c> writes it.</summary>
    public string Login =>
        new JsonObject
        {
            ["auths"] = new JsonObject { [Address] = new JsonObject { ["auth"] = Encode(Password) } },
        }.ToJsonString();

    private string Address => new Uri(_site.Urls.First()).Authority;

    public static async Task<TestRegistry> StartAsync(string directory)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var registry = new TestRegistry(builder.Build(), directory);
        registry._site.Run(registry.AnswerAsync);
        await registry._site.StartAsync(TestContext.Current.CancellationToken);
        return registry;
    }

    /// <summary>Its reference by digest; its entrypoint is <c>/mark</c>.</summary>
    public string Add(string name, byte[] layer)
    {
        var builder = new ImageBuilder(_directory).WithLayer(layer, isGzip: true);
        builder.Config["Entrypoint"] = new JsonArray("/mark");
        return $"{Address}/{name}@{builder.Build().Split('@')[1]}";
    }

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization != $"Basic {Encode(Password)}")
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"test\"";
            return;
        }

        Interlocked.Increment(ref _requests);
        var digest = context.Request.Path.Value!.Split('/')[^1];
        if (!digest.StartsWith("sha256:", StringComparison.Ordinal))
        {
            return; // Only whether this is a registry.
        }

        var content = await File.ReadAllBytesAsync(new ImageBuilder(_directory).PathOf(digest), context.RequestAborted);
        context.Response.ContentType = context.Request.Path.Value.Contains("/manifests/", StringComparison.Ordinal)
            ? "application/vnd.oci.image.manifest.v1+json"
            : "application/octet-stream";
        context.Response.Headers["Docker-Content-Digest"] = digest;
        context.Response.ContentLength = content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
