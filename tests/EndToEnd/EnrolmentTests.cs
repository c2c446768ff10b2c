using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Orchestrator.EndToEnd.Support;

namespace Orchestrator.EndToEnd;

/// <summary>From a machine that knows an address and a token to a host in the fleet, on a real broker.</summary>
[SupportedOSPlatform("linux")]
public sealed class EnrolmentTests
{
    private const string Enrolment = "enrolment.json";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_machine_with_a_token_becomes_a_ready_host_and_no_secret_is_told()
    {
        await using var fleet = await EnrolledFleet.StartAsync();
        await ProveAsync(
            fleet,
            async () =>
            {
                var token = await fleet.TokenAsync("--host", "h1", "--ttl", "10m");
                var said = await fleet.JoinAsync(0, "h1", token.Token, "--host-id", "h1");
                var agent = fleet.StartAgent("h1");
                await fleet.IsReadyAsync("h1");

                var file = Path.Combine(fleet.PathOf("h1"), Enrolment);
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
                Assert.Contains("h1 has joined the cell default", said, StringComparison.Ordinal);
                Assert.Contains("h1", await fleet.Admin.RunAsync("host", "describe", "h1"), StringComparison.Ordinal);
                var password = PasswordIn(file);
                Assert.DoesNotContain(password, said, StringComparison.Ordinal);
                var answers = new StringBuilder()
                    .Append(await fleet.Admin.RunAsync("journal", "-o", "json"))
                    .Append(await fleet.Admin.RunAsync("host", "tokens", "-o", "json"))
                    .Append(await fleet.Admin.RunAsync("host", "describe", "h1", "-o", "json"))
                    .ToString();
                Assert.Contains("host.enrolled", answers, StringComparison.Ordinal);
                await fleet.Admin.RunAsync("journal", "verify");
                // It keeps others from its lock, and so from looking.
                await agent.StopAsync();
                foreach (var secret in (string[])[token.Token, password])
                {
                    Assert.DoesNotContain(secret, answers, StringComparison.Ordinal);
                    // The search would find it: the file that is to hold the password does.
                    Assert.Equal(secret == password ? [file] : [], FilesWith(fleet.Directory, secret));
                }
            }
        );
    }

    [Fact]
    public async Task A_token_that_is_used_wrong_revoked_or_for_another_host_lets_nobody_join()
    {
        await using var fleet = await EnrolledFleet.StartAsync();
        await ProveAsync(
            fleet,
            async () =>
            {
                var used = await fleet.TokenAsync();
                await fleet.JoinAsync(0, "h1", used.Token, "--host-id", "h1");
                var revoked = await fleet.TokenAsync();
                await fleet.Admin.RunAsync("host", "revoke", revoked.Id);
                var ofAnother = await fleet.TokenAsync("--host", "h3");

                var refusals = new[]
                {
                    await fleet.JoinAsync(4, "h2", used.Token, "--host-id", "h2"),
                    await fleet.JoinAsync(4, "h2", revoked.Token, "--host-id", "h2"),
                    await fleet.JoinAsync(4, "h2", ofAnother.Token, "--host-id", "h2"),
                    await fleet.JoinAsync(4, "h2", "orcjoin_wrong", "--host-id", "h2"),
                };

                Assert.Single(refusals.Distinct(StringComparer.Ordinal));
                Assert.Contains("does not let this host join", refusals[0], StringComparison.Ordinal);
                Assert.False(File.Exists(Path.Combine(fleet.PathOf("h2"), Enrolment)));
                await fleet.JoinAsync(0, "h3", ofAnother.Token, "--host-id", "h3");
            }
        );
    }

    [Fact]
    public async Task A_host_joins_again_only_when_told_to_and_forgetting_it_cuts_it_off()
    {
        await using var fleet = await EnrolledFleet.StartAsync();
        await ProveAsync(
            fleet,
            async () =>
            {
                var file = Path.Combine(fleet.PathOf("h1"), Enrolment);
                await fleet.JoinAsync(0, "h1", (await fleet.TokenAsync()).Token, "--host-id", "h1");
                var first = PasswordIn(file);
                var second = await fleet.TokenAsync("--host", "h1");

                var said = await fleet.JoinAsync(4, "h1", second.Token, "--host-id", "h1");
                await fleet.JoinAsync(0, "h1", second.Token, "--host-id", "h1", "--again");

                Assert.Contains("has joined already", said, StringComparison.Ordinal);
                Assert.NotEqual(first, PasswordIn(file));
                // The environment has the last word, and the old password is worthless.
                var old = fleet.Start(
                    "agent-old",
                    [
                        ("ORC_Agent__DataDirectory", fleet.PathOf("h1")),
                        ("ORC_Agent__Runtime", "process"),
                        ("ORC_RabbitMq__Password", first),
                    ],
                    [Programs.HostAgent]
                );
                await SaysAsync(old, "The bus is away");
                await old.StopAsync();
                var agent = fleet.StartAgent("h1");
                await fleet.IsReadyAsync("h1");

                await fleet.Admin.RunAsync("host", "forget", "h1");

                await SaysAsync(agent, "ACCESS_REFUSED");
            }
        );
    }

    [Fact]
    public async Task A_supervisor_is_told_when_the_agent_has_started()
    {
        await using var fleet = await EnrolledFleet.StartAsync();
        await ProveAsync(
            fleet,
            async () =>
            {
                await fleet.JoinAsync(0, "h1", (await fleet.TokenAsync()).Token, "--host-id", "h1");
                using var socket = new NotifySocket(fleet.PathOf("notify"));
                // The library looks at the name of its parent; and the agent is to end with it, as under the real one.
                var supervisor = fleet.PathOf("systemd");
                File.Copy("/bin/sh", supervisor);

                fleet.Start(
                    "agent-supervised",
                    [
                        ("ORC_Agent__DataDirectory", fleet.PathOf("h1")),
                        ("ORC_Agent__Runtime", "process"),
                        ("NOTIFY_SOCKET", socket.Path),
                    ],
                    [supervisor, "-c", "setpriv --pdeathsig KILL \"$0\"; true", Programs.HostAgent]
                );

                Assert.Contains("READY=1", await socket.ReceiveAsync(Patience), StringComparison.Ordinal);
            }
        );
    }

    private static async Task ProveAsync(EnrolledFleet fleet, Func<Task> proof)
    {
        try
        {
            await proof();
        }
        catch
        {
            TestContext.Current.TestOutputHelper?.WriteLine(fleet.Tails());
            throw;
        }
    }

    private static Task SaysAsync(RunningProgram program, string text) =>
        Eventually.IsTrueAsync(
            string.Create(CultureInfo.InvariantCulture, $"{program.Name} says {text}"),
            Patience,
            () => program.ReadLog().Contains(text, StringComparison.Ordinal)
        );

    private static string PasswordIn(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.GetProperty("RabbitMq").GetProperty("Password").GetString()!;
    }

    private static List<string> FilesWith(string directory, string text)
    {
        var sought = Encoding.UTF8.GetBytes(text);
        return
        [
            .. Directory
                .EnumerateFiles(directory, "*", SearchOption.AllDirectories)
                .Where(path => Contains(path, sought)),
        ];
    }

    private static bool Contains(string path, byte[] sought)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var content = new MemoryStream();
        file.CopyTo(content);
        return content.ToArray().AsSpan().IndexOf(sought) >= 0;
    }
}
