using CsCheck;
using Orchestrator.Core;
using Orchestrator.Manifests.Formats;
using Quartz;
using Semver;

namespace Orchestrator.Manifests.Tests;

public sealed class FormatTests
{
    private static readonly ReadValue<TimeSpan> AnyDuration = Durations.Between(
        TimeSpan.Zero,
        TimeSpan.FromDays(10_000)
    );

    [Theory]
    [InlineData("0s", 0)]
    [InlineData("500ms", 500)]
    [InlineData("10s", 10_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1h2m3s4ms", 3_723_004)]
    [InlineData("90m", 5_400_000)]
    public void A_duration_is_read(string text, int milliseconds)
    {
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), AnyDuration(text, Nobody));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("1.5s")]
    [InlineData("-1s")]
    [InlineData("1s1m")]
    [InlineData("1s1s")]
    [InlineData("1d")]
    [InlineData("1 s")]
    [InlineData("10S")]
    [InlineData("10s\n")]
    [InlineData("١s")]
    [InlineData("1234567890s")]
    public void What_is_no_duration_is_refused(string text)
    {
        Assert.Equal("invalid_duration", ComplaintOf(complain => AnyDuration(text, complain)));
    }

    [Fact]
    public void A_duration_that_is_written_is_read_as_it_was() =>
        Gen.Long[0, 30L * 24 * 3600 * 1000]
            .Sample(milliseconds =>
            {
                var duration = TimeSpan.FromMilliseconds(milliseconds);
                Assert.Equal(duration, AnyDuration(Durations.Write(duration), Nobody));
            });

    [Theory]
    [InlineData("100m", 100)]
    [InlineData("0.5", 500)]
    [InlineData("1", 1000)]
    [InlineData("1.25", 1250)]
    [InlineData("0.001", 1)]
    [InlineData("1000", 1_000_000)]
    public void Cpu_is_read_in_millicores(string text, int millicores)
    {
        Assert.Equal(millicores, Quantities.Cpu(text, Nobody));
    }

    [Theory]
    [InlineData("64Mi", 64)]
    [InlineData("1Gi", 1024)]
    [InlineData("16Ti", 16_777_216)]
    public void Memory_is_read_in_mebibytes(string text, int mebibytes)
    {
        Assert.Equal(mebibytes, Quantities.Memory(text, Nobody));
    }

    [Theory]
    [InlineData("0/10 * * * * ?")]
    [InlineData("0 0 12 * * *")]
    [InlineData("0 0 12 ? * MON-FRI")]
    [InlineData("0 0 12 ? * sat,SUN 2030")]
    [InlineData("0 0 12 L * ?")]
    [InlineData("0 0 12 LW * ?")]
    [InlineData("0 0 12 L-3W * ?")]
    [InlineData("0 0 12 1,15W,L * ?")]
    [InlineData("0 0 12 ? * 6L")]
    [InlineData("0 0 12 ? * FRI#3")]
    [InlineData("0 5-1/7 22-2 * NOV-FEB ? 2030-2035/2")]
    public void A_timetable_is_taken_as_quartz_takes_it(string text)
    {
        Assert.Equal(text, Timetables.Cron(text, Nobody));
        _ = new CronExpression(text);
    }

    [Theory]
    [InlineData("* * * * ?")]
    [InlineData("* * * * * ? * *")]
    [InlineData("60 * * * * ?")]
    [InlineData("0 ? * * * ?")]
    [InlineData("0 0/0 * * * ?")]
    [InlineData("0 0/ * * * ?")]
    [InlineData("0 /5 * * * ?")]
    [InlineData("0 1,,2 * * * ?")]
    [InlineData("0 0 24 * * ?")]
    [InlineData("0 0 12 32 * ?")]
    [InlineData("0 0 12 L-31 * ?")]
    [InlineData("0 0 12 W * ?")]
    [InlineData("0 0 12 1,? * ?")]
    [InlineData("0 0 12 ? 13 *")]
    [InlineData("0 0 12 ? * 0")]
    [InlineData("0 0 12 ? * MONDAY")]
    [InlineData("0 0 12 ? * 1#6")]
    [InlineData("0 0 12 ? * 2,3#1")]
    [InlineData("0 0 12 ? * 6L,2L")]
    [InlineData("0 0 12 ? * MON 1969")]
    [InlineData("0 0 12 ? * MON 2029-2025")]
    [InlineData("@daily")]
    public void What_is_no_timetable_is_refused(string text)
    {
        Assert.Equal("invalid_cron", ComplaintOf(complain => Timetables.Cron(text, complain)));
    }

    [Fact]
    public void Quartz_takes_every_timetable_that_we_take()
    {
        string[][] parts =
        [
            ["0", "*", "0/10", "5-1", "59", "60", "*/7", "1,2", "0/59", "?"],
            ["0", "*", "0/10", "5-1", "59", "1-7/2", "1-1/1", "0/0", "/5"],
            ["0", "*", "12", "22-2", "23", "24", "0/23", "1/24", "3-5/2"],
            [
                "?",
                "*",
                "1",
                "31",
                "1/3",
                "L",
                "LW",
                "L-3",
                "L-30",
                "L-3W",
                "15W",
                "31W",
                "W",
                "28-3",
                "*/30",
                "*/31",
                "0",
            ],
            ["*", "1", "12", "JAN", "jan-MAR/2", "NOV-FEB", "1/12", "*/11", "13", "0", "JUN-7"],
            [
                "?",
                "*",
                "1",
                "7",
                "MON",
                "MON-FRI",
                "FRI-MON",
                "L",
                "6L",
                "FRIL",
                "6#3",
                "FRI#1",
                "2/2",
                "*/6",
                "*/7",
                "0",
                "8",
            ],
            ["*", "2030", "2030-2031", "1970", "2099", "2030/2", "2030-2040/3", "2031-2030", "1969"],
        ];
        var fields = parts
            .Select(part =>
                Gen.Frequency(
                    (4, Gen.OneOf(part)),
                    (1, Gen.OneOf(part).Array[2, 3].Select(several => string.Join(',', several)))
                )
            )
            .ToArray();
        var taken = 0;

        Gen.Select(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6])
            .Select(all =>
                string.Join(' ', all.Item1, all.Item2, all.Item3, all.Item4, all.Item5, all.Item6, all.Item7)
            )
            .Sample(
                text =>
                {
                    if (Timetables.Cron(text, Ignore) is { } cron)
                    {
                        Interlocked.Increment(ref taken);
                        _ = new CronExpression(cron);
                    }
                },
                iter: 10_000
            );

        Assert.InRange(taken, 500, 9_500);
    }

    [Fact]
    public void A_range_contains_what_npm_says_it_does()
    {
        // Few numbers, so that ends are met often.
        var version = Gen.Select(
            Gen.Int[0, 2],
            Gen.Int[0, 1],
            Gen.Int[0, 1],
            Gen.OneOf("", "", "-0", "-a", "-a.1", "-b"),
            (major, minor, patch, prerelease) => $"{major}.{minor}.{patch}{prerelease}"
        );
        var comparator = Gen.Select(
            Gen.OneOf("^", "~", ">=", ">", "<", "<=", "=", ""),
            version,
            (sign, number) => sign + number
        );
        var range = Gen.Select(
            comparator,
            comparator,
            Gen.OneOf(" ", " || "),
            (left, right, and) => left + and + right
        );

        Gen.Select(range, version)
            .Sample(
                (text, number) =>
                {
                    var expected = SemVersionRange.ParseNpm(text);
                    var read = Versions.ReadRange(text, Ignore);

                    Assert.Equal(expected.Count == 0, read is null);
                    Assert.Equal(
                        expected.Contains(SemVersion.Parse(number)),
                        read?.Contains(SemanticVersion.Parse(number)) ?? false
                    );
                },
                iter: 20_000
            );
    }

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("flaw", "lawn", 2)]
    [InlineData("same", "same", 0)]
    public void Distance_counts_what_must_be_changed(string left, string right, int distance)
    {
        Assert.Equal(distance, EditDistance.Between(left, right));
    }

    private static void Nobody(Complaint complaint) => Assert.Fail(complaint.Message);

    private static void Ignore(Complaint complaint)
    {
        // The test asks only whether it was read.
    }

    private static string? ComplaintOf(Func<Complain, object?> read)
    {
        string? code = null;
        Assert.Null(read(complaint => code = complaint.Code));
        return code;
    }
}
