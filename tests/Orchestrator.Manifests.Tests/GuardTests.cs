namespace Orchestrator.Manifests.Tests;

/// <summary>Alone, since it measures what the process uses: unlike the time on the wall, it is the same on a busy machine.</summary>
[Collection(nameof(Alone))]
public sealed class GuardTests
{
    /// <summary>Of CPU. A refusal takes milliseconds, and compiling it the first time the most of what is left.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private const string Bomb = """
        a: &a [x, x, x, x, x, x, x, x, x]
        b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
        c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
        d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]
        e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]
        f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]
        g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f]
        """;

    [Fact]
    public void Ten_megabytes_are_refused_without_being_read()
    {
        var text = string.Concat(Enumerable.Repeat("- aaaaaaa\n", 1024 * 1024));
        Manifests.Read(Manifests.All);

        var (error, bytes, time) = Measured(() => Manifests.Error(text));

        Assert.Equal(("a.yaml", 0, "file_too_large"), (error.File, error.Line, error.Code));
        Assert.Contains("1 MiB", error.Message, StringComparison.Ordinal);
        Assert.True(bytes < 1024 * 1024, $"{bytes} bytes");
        Assert.True(time < Soon, $"{time}");
    }

    [Fact]
    public void Size_is_counted_in_bytes()
    {
        var text = "# " + new string('ü', 600 * 1024);

        Assert.Equal("file_too_large", Manifests.Error(text).Code);
    }

    [Fact]
    public void Many_files_that_are_too_large_together_are_refused()
    {
        var large = "# " + new string('x', 1000 * 1024);

        var errors = Manifests.Errors([.. Enumerable.Repeat(large, 9)]);

        Assert.Equal(("i.yaml", "file_too_large"), (Assert.Single(errors).File, errors[0].Code));
    }

    [Fact]
    public void Too_many_files_and_documents_are_refused()
    {
        var documents = string.Concat(Enumerable.Repeat("---\n", 1001));

        Assert.Equal("too_many_files", Manifests.Error([.. Enumerable.Repeat("", 1001)]).Code);
        Assert.Equal((1001, "too_many_documents"), (Manifests.Error(documents).Line, Manifests.Error(documents).Code));
    }

    [Fact]
    public void An_alias_bomb_is_refused_at_every_anchor_and_alias_and_grows_to_nothing()
    {
        Manifests.Read(Manifests.All);

        var (errors, bytes, time) = Measured(() => Manifests.Errors(Bomb));

        Assert.Equal(7, errors.Count(error => error.Code == "anchor_refused"));
        Assert.Equal(54, errors.Count(error => error.Code == "alias_refused"));
        var first = errors.First(error => error.Code == "alias_refused");
        Assert.Equal((2, 8, "b[0]"), (first.Line, first.Column, first.Path));
        Assert.True(bytes < 4 * 1024 * 1024, $"{bytes} bytes");
        Assert.True(time < Soon, $"{time}");
    }

    [Fact]
    public void An_alias_is_blamed_once_and_not_for_what_it_stands_for()
    {
        var text = Manifests.Pool.With("name: europe", "name: *europe");

        Assert.Equal(("alias_refused", "metadata.name"), (Manifests.Error(text).Code, Manifests.Error(text).Path));
    }

    [Fact]
    public void A_cron_that_begins_with_a_star_is_told_to_be_quoted()
    {
        var text = Manifests.Line.With("0 30 9 ? * MON-FRI", "* * * * * ?");

        Assert.Contains("Quote a value that begins with '*'", Manifests.Error(text).Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("!!python/object/apply:os.system [ls]")]
    [InlineData("!local x")]
    [InlineData("!!str x")]
    [InlineData("! x")]
    public void A_tag_is_refused(string value)
    {
        var errors = Manifests.Errors(Manifests.Version.With("LEVEL: debug", $"LEVEL: {value}"));

        Assert.Contains(errors, error => error is { Code: "tag_refused", Path: "spec.env.LEVEL", Line: 9 });
    }

    [Fact]
    public void A_key_that_stands_twice_is_refused()
    {
        var error = Manifests.Error(Manifests.Pool.With("  name: europe", "  name: europe\n  name: asia"));

        Assert.Equal((5, 3, "metadata", "duplicate_key"), (error.Line, error.Column, error.Path, error.Code));
        Assert.Contains("'name'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("? [a, b]\n: c", "key_not_text")]
    [InlineData("{{ name }}: c", "key_not_text")]
    [InlineData("\"a\\u0001b\": c", "not_text")]
    [InlineData("a: \u0001", "not_text")]
    [InlineData("a: \"\\UFFFFFFFF\"", "malformed")]
    [InlineData("...\n...\n", "malformed")]
    [InlineData("a: b: c", "malformed")]
    [InlineData("a: [b", "malformed")]
    [InlineData("a: \"b", "malformed")]
    [InlineData("a:\n\t- b", "malformed")]
    [InlineData("%YAML 1.2\n%YAML 1.2\n---\na: b", "malformed")]
    public void What_is_not_plain_yaml_is_refused(string text, string code)
    {
        var errors = Manifests.Errors(text);

        Assert.Contains(errors, error => error.Code == code && error.Line > 0 && error.Column > 0);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused()
    {
        var error = Manifests.Error($"# ok: \ud83d\ude00\na: {'\ud800'}");

        Assert.Equal((2, 4, "not_text"), (error.Line, error.Column, error.Code));
    }

    [Fact]
    public void A_key_may_not_be_long()
    {
        var text = $"? {new string('k', 257)}\n: x\n{Manifests.Pool}";

        Assert.Equal("key_too_long", Manifests.Error(text).Code);
    }

    [Fact]
    public void A_tab_for_indentation_is_told_from_other_mistakes()
    {
        var text = Manifests.Pool.With("  name: europe", "\tname: europe");

        Assert.Contains("tab", Manifests.Error(text).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_one_document_does_not_hide_those_before_it()
    {
        var errors = Manifests.Errors($"{Manifests.Pool.With("europe", "Europe")}\n---\na: [b");

        Assert.Equal(["invalid_name", "malformed"], errors.Select(error => error.Code));
    }

    [Theory]
    [InlineData(64, null)]
    [InlineData(65, "too_deep")]
    [InlineData(500_000, "too_deep")]
    public void Nesting_ends_at_sixty_four(int depth, string? code)
    {
        // The document's own map is the first level.
        var text = "x: " + new string('[', depth - 1) + new string(']', depth - 1);

        var codes = Manifests.Errors(text).Select(error => error.Code);

        Assert.Equal(code is null ? ["missing_field"] : [code], codes);
    }

    [Theory]
    [InlineData(50_000, "not_an_object")]
    [InlineData(50_001, "too_many_nodes")]
    public void Nodes_end_at_fifty_thousand(int nodes, string code)
    {
        // The list itself is one.
        var text = "[" + string.Concat(Enumerable.Repeat("a,", nodes - 1)) + "]";

        Assert.Equal(code, Manifests.Error(text).Code);
    }

    [Fact]
    public void Nodes_of_all_files_together_end_too()
    {
        var text = "[" + string.Concat(Enumerable.Repeat("a,", 49_999)) + "]";

        var errors = Manifests.Errors(text, text, text, text, text);

        Assert.Equal(("e.yaml", "too_many_nodes"), (errors[^1].File, errors[^1].Code));
    }

    [Fact]
    public void Fifty_thousand_mistakes_are_counted_and_the_first_hundred_shown_soon()
    {
        var text = "kind: Pool\n" + string.Concat(Enumerable.Range(0, 24_000).Select(index => $"k{index}: x\n"));

        var (errors, bytes, time) = Measured(() => Manifests.Errors(text));

        Assert.Equal(101, errors.Length);
        Assert.Equal("apiVersion", errors[0].Path);
        Assert.Equal(Enumerable.Range(0, 98).Select(index => $"k{index}"), errors[2..100].Select(error => error.Path));
        Assert.Equal(("more_errors", "And 23902 more."), (errors[100].Code, errors[100].Message));
        Assert.True(bytes < 256 * 1024 * 1024, $"{bytes} bytes");
        Assert.True(time < 5 * Soon, $"{time}");
    }

    /// <summary>Texts of a full file that make a scanner do the most: each must be through in a moment.</summary>
    [Theory]
    [InlineData("spaces", " ")]
    [InlineData("line breaks", "\n")]
    [InlineData("keys", "? a\n")]
    [InlineData("dashes", "- ")]
    [InlineData("questions", "? ")]
    [InlineData("brackets", "[\n")]
    [InlineData("comments", "#\n")]
    [InlineData("documents", "---\n")]
    [InlineData("aliases", "- *a\n")]
    [InlineData("anchors", "- &a\n")]
    [InlineData("tags", "- !a\n")]
    [InlineData("plain", "a ")]
    [InlineData("quotes", "''")]
    [InlineData("colons", "a: ")]
    public void No_full_file_takes_long(string kind, string part)
    {
        var text = string.Concat(Enumerable.Repeat(part, 1024 * 1024 / part.Length));

        var (errors, bytes, time) = Measured(() => Manifests.Errors(text));

        Assert.NotEmpty(errors);
        Assert.True(bytes < 256 * 1024 * 1024, $"{kind}: {bytes} bytes");
        Assert.True(time < 5 * Soon, $"{kind}: {time}");
    }

    [Fact]
    public void What_is_shown_of_a_text_is_short_and_cannot_steer_a_terminal()
    {
        var evil = "\"\u009b31m\u202e" + new string('x', 10_000) + "\"";

        var error = Manifests.Error(Manifests.Pool.With("name: europe", $"name: {evil}"));

        Assert.DoesNotContain('\u009b', error.Message);
        Assert.DoesNotContain('\u202e', error.Message);
        Assert.InRange(error.Message.Length, 1, 200);
    }

    [Fact]
    public void Nothing_declared_is_an_error()
    {
        Assert.Equal("no_documents", Manifests.Error().Code);
        Assert.Equal("no_documents", Manifests.Error("", "# nothing\n---\n").Code);
    }

    private static (T Result, long Bytes, TimeSpan Time) Measured<T>(Func<T> act)
    {
        var (bytes, start) = (GC.GetAllocatedBytesForCurrentThread(), Environment.CpuUsage.TotalTime);
        var result = act();
        return (result, GC.GetAllocatedBytesForCurrentThread() - bytes, Environment.CpuUsage.TotalTime - start);
    }
}
