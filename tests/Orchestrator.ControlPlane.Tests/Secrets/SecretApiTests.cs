using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Contracts.Bus;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Enrolling;
using Orchestrator.Messaging;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Secrets;

public sealed class SecretApiTests
{
    private const string Canary = "canary-4f4f-hunter2";

    private const string BillingFleet = $$"""
        {{Site.CartService}}
            secrets:
              - {name: password, path: /run/password}
        ---
        {{Site.CartVersion}}
        ---
        apiVersion: orchestrator/v1
        kind: Line
        metadata: {service: cart}
        spec:
          timetable: {cron: "0/5 * * * * ?", zone: UTC}
          route: [{stage: prod, count: 1}]
        """;

    [Fact]
    public async Task A_team_sets_its_own_secrets_and_operators_set_all()
    {
        await using var site = await Site.StartAsync();
        var (viewer, shop, ops) = (
            await site.ClientAsync("viewer"),
            await site.ClientAsync("publisher:shop"),
            await site.ClientAsync("operator")
        );

        Assert.Equal(HttpStatusCode.Forbidden, (await SetAsync(viewer, "a", "shop")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SetAsync(shop, "a", "other")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SetAsync(shop, "a", team: null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SetAsync(shop, "a", "shop")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SetAsync(ops, "b", team: null)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await shop.DeleteAsync("/v1/secrets/b", Token)).StatusCode);
        var page = await Site.ReadAsync<Page<SecretView>>(await viewer.GetAsync("/v1/secrets", Token));
        Assert.Equal(HttpStatusCode.OK, (await shop.DeleteAsync("/v1/secrets/a", Token)).StatusCode);

        Assert.Equal([("a", "shop", 1L), ("b", "", 1L)], page.Items.Select(one => (one.Name, one.Team, one.Revision)));
    }

    [Theory]
    [InlineData("UPPER", "aGk=", "invalid_name")]
    [InlineData("a", "", "invalid_secret")]
    [InlineData("a", "no!base64", "invalid_secret")]
    public async Task What_is_no_secret_is_refused_without_repeating_it(string name, string value, string code)
    {
        await using var site = await Site.StartAsync();

        var response = await site.Admin()
            .PostAsJsonAsync($"/v1/secrets/{name}", new SecretRequest { Value = value }, Token);

        Assert.Equal(code, (await Site.ProblemAsync(response)).Code);
    }

    [Fact]
    public async Task A_secret_of_32_KiB_is_taken_and_a_larger_one_is_not()
    {
        await using var site = await Site.StartAsync();

        var most = await SetAsync(site.Admin(), "a", team: null, new byte[32 * 1024]);
        var more = await SetAsync(site.Admin(), "b", team: null, new byte[(32 * 1024) + 1]);

        Assert.Equal(HttpStatusCode.OK, most.StatusCode);
        Assert.Equal("invalid_secret", (await Site.ProblemAsync(more)).Code);
    }

    [Fact]
    public async Task Without_a_key_there_are_no_secrets()
    {
        await using var site = await Site.StartAsync(new EnrolmentOptions(), isEmbedded: false);

        Assert.Equal("secrets_off", (await Site.ProblemAsync(await SetAsync(site.Admin(), "a", team: null))).Code);
    }

    [Fact]
    public async Task A_value_reaches_the_host_that_needs_it_encrypted_for_it_and_stands_nowhere_else()
    {
        await using var site = await Site.StartAsync();
        var bus = site.Host.Services.GetRequiredService<MessageBus>();
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var needy = new TaskCompletionSource<AssignHost>();
        await bus.ReceiveAsync<AssignHost>(
            Queues.Host("h1"),
            (assign, _) =>
            {
                if (assign.Instances is [{ Container.Secrets: [{ Sealed: not null }] }])
                {
                    needy.TrySetResult(assign);
                }

                return Task.CompletedTask;
            },
            Token
        );
        var admin = site.Admin();
        var early = await Site.ProblemAsync(await Site.ApplyAsync(admin, BillingFleet));
        await SetAsync(admin, "password", "shop");
        await Site.ReadAsync<ApplyResult>(await Site.ApplyAsync(admin, BillingFleet));
        await bus.SendAsync(
            Queues.Conductor("default"),
            AReport("h1", Convert.ToBase64String(key.PublicKey.ExportSubjectPublicKeyInfo())),
            Token
        );

        var assigned = await needy.Task.WaitAsync(Patience, Token);

        Assert.Contains("password", early.Title, StringComparison.Ordinal);
        var secret = assigned.Instances[0].Container!.Secrets![0];
        Assert.Equal(("password", "/run/password", null), (secret.Name, secret.Path, secret.Variable));
        Assert.Equal(Canary, Encoding.UTF8.GetString(Open(key, secret)));
        foreach (var path in (string[])["secrets", "journal", "services", "versions", "instances", "hosts", "status"])
        {
            var text = await (await admin.GetAsync($"/v1/{path}", Token)).Content.ReadAsStringAsync(Token);
            Assert.DoesNotContain(Canary, text, StringComparison.Ordinal);
        }

        foreach (
            var file in Directory.GetFiles(Path.GetDirectoryName(site.DataDirectory)!, "*", SearchOption.AllDirectories)
        )
        {
            var bytes = await ReadAsync(file);
            Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Canary)) < 0, file);
            var base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(Canary));
            Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(base64)) < 0, file);
        }
    }

    private static async Task<byte[]> ReadAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var content = new MemoryStream();
        await file.CopyToAsync(content, Token);
        return content.ToArray();
    }

    /// <summary>As the contract says, written anew.</summary>
    private static byte[] Open(ECDiffieHellman key, AssignedSecret secret)
    {
        var envelope = Convert.FromBase64String(secret.Sealed!);
        using var theirs = ECDiffieHellman.Create();
        theirs.ImportSubjectPublicKeyInfo(envelope.AsSpan(0, 91), out _);
        using var cipher = new AesGcm(
            HKDF.DeriveKey(
                HashAlgorithmName.SHA256,
                key.DeriveRawSecretAgreement(theirs.PublicKey),
                outputLength: 32,
                salt: envelope[..91],
                info: Encoding.ASCII.GetBytes("orchestrator-secret")
            ),
            tagSizeInBytes: 16
        );
        var value = new byte[envelope.Length - 119];
        cipher.Decrypt(
            envelope[91..103],
            envelope[119..],
            envelope[103..119],
            value,
            Encoding.UTF8.GetBytes(secret.Name)
        );
        return value;
    }

    private static Task<HttpResponseMessage> SetAsync(HttpClient client, string name, string? team) =>
        SetAsync(client, name, team, Encoding.UTF8.GetBytes(Canary));

    private static Task<HttpResponseMessage> SetAsync(HttpClient client, string name, string? team, byte[] value) =>
        client.PostAsJsonAsync(
            $"/v1/secrets/{name}",
            new SecretRequest { Value = Convert.ToBase64String(value), Team = team },
            Token
        );

    private static HostReport AReport(string host, string key) =>
        new()
        {
            HostId = host,
            AgentSession = "s1",
            Sequence = 1,
            Epoch = 0,
            Revision = 0,
            Digest = "d",
            Facts = new HostFacts
            {
                CpuMillicores = 4_000,
                MemoryMebibytes = 4_096,
                Runtime = "oci",
                AgentVersion = "1.0.0",
                Labels = new Dictionary<string, string>(StringComparer.Ordinal),
                SecretsKey = key,
            },
            Instances = [],
        };
}
