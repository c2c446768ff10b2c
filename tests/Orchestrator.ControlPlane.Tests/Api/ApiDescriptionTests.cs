using System.Text.Json;
using Microsoft.OpenApi;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Api;

public sealed class ApiDescriptionTests
{
    private static readonly string[] OpenPaths = ["/healthz", "/readyz", "/schemas/{name}"];

    [Fact]
    public async Task The_description_is_valid_and_tells_of_every_operation_what_it_is_and_what_comes_back()
    {
        await using var site = await Site.StartAsync();
        var text = await site.Admin().GetStringAsync("/openapi/v1.json", Token);

        var (document, diagnostic) = OpenApiDocument.Parse(text, "json");

        Assert.Empty(diagnostic!.Errors);
        Assert.Empty(diagnostic.Warnings);
        var operations = document!.Paths.SelectMany(path =>
            path.Value.Operations!.Select(each => (path.Key, each.Value))
        );
        Assert.All(
            operations,
            each =>
            {
                var (path, operation) = each;
                Assert.False(string.IsNullOrEmpty(operation.Summary), $"{path} has no summary.");
                Assert.True(operation.Responses!["200"].Content is { Count: > 0 }, $"{path} answers with nothing.");
                Assert.True(operation.Responses["default"].Content!.ContainsKey("application/problem+json"), path);
                Assert.Equal(OpenPaths.Contains(path), operation.Security is not { Count: > 0 });
            }
        );
        var ids = operations.Select(each => each.Value.OperationId).ToList();
        Assert.Equal(ids.Distinct(StringComparer.Ordinal), ids);
        Assert.True(ids.Count > 30, $"Only {ids.Count} operations are described.");
    }

    [Fact]
    public async Task Every_schema_that_an_editor_may_ask_for_is_served_to_anybody()
    {
        await using var site = await Site.StartAsync();

        foreach (
            var name in (string[])
                ["manifest.json", "service.json", "version.json", "line.json", "pool.json", "team.json", "window.json"]
        )
        {
            var response = await site.Anybody().GetAsync($"/schemas/{name}", Token);

            Assert.Equal("application/schema+json", response.Content.Headers.ContentType?.MediaType);
            using var schema = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token));
            Assert.True(schema.RootElement.TryGetProperty("$schema", out _), name);
        }
    }
}
