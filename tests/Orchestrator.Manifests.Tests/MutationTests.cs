using CsCheck;

namespace Orchestrator.Manifests.Tests;

/// <summary>Whatever becomes of a manifest, reading it answers, and soon.</summary>
public sealed class MutationTests
{
    /// <summary>What a slip, a merge or an attacker leaves behind.</summary>
    private static readonly string[] Scraps =
    [
        "",
        " ",
        "\n",
        "\t",
        "\r",
        ":",
        ": ",
        "-",
        "- ",
        "---\n",
        "...\n",
        "[",
        "]",
        "{",
        "}",
        ",",
        "\"",
        "'",
        "|",
        ">",
        "?",
        "? ",
        "*a",
        "&a ",
        "!",
        "!!int ",
        "%",
        "#",
        "~",
        "null",
        "true",
        "0",
        "-1",
        "1e999",
        ".nan",
        "0x7f",
        "99999999999999999999",
        "\\",
        "\"\\u0000\"",
        "\0",
        "\u0001",
        "\uFEFF",
        "\u2028",
        "\u0085",
        "\ud800",
        "\ud83d\ude00",
        "{{ x }}",
        "<<: *a",
        "[]",
        "{}",
        "env",
        "spec:",
        "metadata: {}",
        "count: 0",
        "steps: [1]",
        "\n  ",
        "\n      - ",
        "@",
        "`",
        "\U0010FFFF",
        "$ref",
        "9223372036854775807",
        "-0",
        "1_000",
        "''",
        "..",
        "../x",
        "@sha256:",
    ];

    private static readonly Gen<Func<string, string>> Mutation = Gen.OneOf(
        Gen.Select(
            Gen.Double.Unit,
            Gen.OneOf(Scraps),
            (at, scrap) => (Func<string, string>)(text => text.Insert(At(text, at), scrap))
        ),
        Gen.Select(
            Gen.Double.Unit,
            Gen.Int[1, 30],
            (at, length) =>
                (Func<string, string>)(text => text.Remove(At(text, at), Math.Min(length, text.Length - At(text, at))))
        ),
        Gen.Select(
            Gen.Double.Unit,
            Gen.Char,
            (at, with) => (Func<string, string>)(text => text.Insert(At(text, at), with.ToString()))
        ),
        Gen.Select(
            Gen.Double.Unit,
            Gen.Double.Unit,
            (from, to) => (Func<string, string>)(text => MoveLine(text, from, to))
        ),
        Gen.Select(
            Gen.Double.Unit,
            Gen.OneOf(Scraps),
            (at, scrap) => (Func<string, string>)(text => ReplaceValue(text, at, scrap))
        )
    );

    [Fact]
    public void Any_mutation_of_a_good_manifest_is_answered()
    {
        var (accepted, rejected) = (0, 0);

        Mutation
            .Array[1, 3]
            .Select(mutations => mutations.Aggregate(Manifests.All, (text, mutate) => mutate(text)))
            .Sample(
                text =>
                {
                    switch (Manifests.Read(text))
                    {
                        case ManifestReading.Accepted:
                            Interlocked.Increment(ref accepted);
                            break;
                        case ManifestReading.Rejected(var errors):
                            Interlocked.Increment(ref rejected);
                            Assert.InRange(errors.Length, 1, ManifestLimits.MaxErrors + 1);
                            Assert.All(errors, error => Assert.NotEmpty(error.Hint));
                            break;
                        default:
                            Assert.Fail("A reading is one of the two.");
                            break;
                    }
                },
                iter: 2_000
            );

        // Else the mutations would be too wild, or too tame, to prove anything.
        Assert.True(accepted > 10 && rejected > 1_000, $"{accepted} accepted, {rejected} rejected");
    }

    private static int At(string text, double share) => (int)(share * text.Length);

    private static string MoveLine(string text, double from, double to)
    {
        var lines = text.Split('\n').ToList();
        var line = lines[(int)(from * lines.Count)];
        lines.Insert((int)(to * lines.Count), line);
        return string.Join('\n', lines);
    }

    private static string ReplaceValue(string text, double at, string value)
    {
        var lines = text.Split('\n');
        var index = (int)(at * lines.Length);
        var colon = lines[index].IndexOf(": ", StringComparison.Ordinal);
        lines[index] = colon < 0 ? value : $"{lines[index][..colon]}: {value}";
        return string.Join('\n', lines);
    }
}
