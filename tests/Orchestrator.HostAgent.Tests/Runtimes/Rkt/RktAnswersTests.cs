using System.Text;
using CsCheck;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Rkt;

namespace Orchestrator.HostAgent.Tests.Runtimes.Rkt;

/// <summary>What rkt prints, as it was recorded, and as it must never be believed.</summary>
public sealed class RktAnswersTests
{
    private const string Running =
        """{"name":"a094e43d-6cb8-4a16-b973-388b395f6f82","state":"running","app_names":["web"],"apps":[{"name":"web","state":"running","created_at":1795403949735210310,"started_at":1795403949927734473,"image_id":"sha512-85c6660156390291d65ba74538f4de9871912f68b6bc95bb07919b68cb2566a5"}],"created_at":1795403949,"started_at":1795403949}""";

    private const string Exited =
        """{"name":"acdd1b8d-05cc-4033-a0c1-9a3609d724c4","state":"exited","networks":[{"netName":"default","ip":"172.16.28.2"}],"app_names":["busybox"],"apps":[{"name":"busybox","state":"exited","created_at":1795403931550131852,"started_at":1795403932469044936,"exit_code":0,"image_id":"sha512-85c6660156390291d65ba74538f4de9871912f68b6bc95bb07919b68cb2566a5"}],"created_at":1795403931,"started_at":1795403932}""";

    private const string Preparing =
        """{"name":"69560535-36ce-479d-9913-1b9506901d0b","state":"preparing","created_at":1795403879}""";

    private static readonly string[] Tokens =
    [
        "null",
        "true",
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "-1",
        "1e999",
        "99999999999999999999",
        "\\u0000",
        "\\ud800",
        "\0",
        "{}",
        "[]",
        "\"state\"",
        "\"name\"",
        "\"app_names\"",
        "[null]",
        new string('[', 100),
        "\u00e9",
    ];

    /// <summary>A whole answer in which something was cut out, put in, or doubled; now and then anything at all.</summary>
    private static readonly Gen<string> AnyAnswer = Gen.Frequency(
        (
            8,
            Gen.Select(
                    Gen.OneOf(Running, Exited, Preparing, $"[{Running},{Exited}]"),
                    Gen.Int[0, 600],
                    Gen.Int[0, 40],
                    Gen.OneOf(Tokens)
                )
                .Select(Damage)
        ),
        (1, Gen.String),
        (1, Gen.OneOf(Tokens).Array[0, 12].Select(string.Concat))
    );

    [Fact]
    public void Recorded_answers_are_read()
    {
        var pods = RktPod.ParseList($"[{Running},{Exited},{Preparing}]\n");

        Assert.Equal(
            [
                new RktPod(Guid.Parse("a094e43d-6cb8-4a16-b973-388b395f6f82"), "running", HasStarted: true, "web"),
                new RktPod(Guid.Parse("acdd1b8d-05cc-4033-a0c1-9a3609d724c4"), "exited", HasStarted: true, "busybox"),
                new RktPod(Guid.Parse("69560535-36ce-479d-9913-1b9506901d0b"), "preparing", HasStarted: false, ""),
            ],
            pods
        );
        Assert.Equal(pods[0], RktPod.Parse(Running));
        Assert.Equal((true, false, true), (pods[0].IsRunning, pods[1].IsRunning, pods[2].IsBeingPrepared));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null\n")]
    [InlineData("[]")]
    public void No_pods_are_no_pods_however_that_is_said(string text) => Assert.Empty(RktPod.ParseList(text));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"name":"../../etc","state":"running"}""")]
    [InlineData("""{"name":"a094e43d-6cb8-4a16-b973-388b395f6f82"}""")]
    [InlineData("""{"name":"a094e43d-6cb8-4a16-b973-388b395f6f82","state":7}""")]
    public void What_is_no_status_is_refused(string text) =>
        Assert.Throws<RuntimeFailedException>(() => RktPod.Parse(text));

    [Fact]
    public void Garbage_is_read_or_refused_and_nothing_else() =>
        AnyAnswer.Sample(
            text =>
                IsReadOrRefused(() => RktPod.Parse(text))
                && IsReadOrRefused(() => RktPod.ParseList(text))
                && IsReadOrRefused(() => RktPod.ParseName(text))
                && IsReadOrRefused(() => RktVersion.Of(text)),
            iter: 20_000
        );

    /// <summary>A generator that damages nothing, or everything beyond recognition, would prove nothing.</summary>
    [Fact]
    public void The_garbage_is_such_that_some_is_read_and_some_refused()
    {
        var (read, refused) = (0, 0);

        AnyAnswer.Sample(
            text =>
            {
                if (IsRead(text))
                {
                    Interlocked.Increment(ref read);
                }
                else
                {
                    Interlocked.Increment(ref refused);
                }
            },
            iter: 2_000
        );

        Assert.True(read > 20 && refused > 200, $"{read} were read and {refused} refused.");

        static bool IsRead(string text) =>
            Record.Exception(() => RktPod.Parse(text)) is null
            || Record.Exception(() => RktPod.ParseList(text)) is null;
    }

    [Fact]
    public void The_version_is_found_among_others() =>
        Assert.Equal(
            "1.30.0",
            RktVersion.Of("rkt Version: 1.30.0\nappc Version: 0.8.11\nGo Version: go1.8.3\nFeatures: -TPM +SDJOURNAL\n")
        );

    [Theory]
    [InlineData("", "default")]
    [InlineData("/usr/lib/rkt/stage1-fly.aci", "fly")]
    [InlineData("coreos.com/rkt/stage1-host:1.30.0", "host")]
    [InlineData("/srv/mine.aci", "unknown")]
    public void The_flavour_is_told_by_the_name_of_the_stage1(string stage1, string flavour) =>
        Assert.Equal(
            flavour,
            new RktSettings
            {
                Program = "rkt",
                Stage1 = stage1,
                Network = "host",
                OpenFiles = 0,
            }.Flavour
        );

    private static string Damage(string text, int at, int length, string put)
    {
        var start = Math.Min(at, text.Length);
        var end = Math.Min(start + length, text.Length);
        return new StringBuilder().Append(text, 0, start).Append(put).Append(text, end, text.Length - end).ToString();
    }

    private static bool IsReadOrRefused<T>(Func<T> read)
    {
        try
        {
            read();
            return true;
        }
        catch (RuntimeFailedException)
        {
            return true;
        }
    }
}
