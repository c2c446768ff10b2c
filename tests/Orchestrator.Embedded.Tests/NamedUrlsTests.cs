using System.CommandLine;

namespace Orchestrator.Embedded.Tests;

public sealed class NamedUrlsTests
{
    [Fact]
    public void Each_name_leads_to_its_address_whatever_the_address_holds()
    {
        var urls = NamedUrls.Read(["load-test=http://127.0.0.1:9000/gate?a=b", "tickets=https://tickets.internal/"]);

        Assert.Equal("http://127.0.0.1:9000/gate?a=b", urls["load-test"]);
        Assert.Equal("https://tickets.internal/", urls["tickets"]);
        Assert.Equal(2, urls.Count);
    }

    [Theory]
    [InlineData("load-test")]
    [InlineData("=http://127.0.0.1/")]
    [InlineData("load-test=")]
    [InlineData("load-test=gate")]
    [InlineData("load-test=/gate")]
    [InlineData("load-test=ftp://127.0.0.1/")]
    [InlineData("Load-Test=http://127.0.0.1/")] // No manifest could name it.
    public void What_is_no_name_with_an_address_of_HTTP_is_refused_with_what_was_written(string text) =>
        Assert.Equal(
            $"--webhook: '{text}' is not NAME=URL, such as load-test=http://127.0.0.1:9000/gate.",
            Assert.Single(ErrorsOf(text))
        );

    [Fact]
    public void A_name_that_stands_there_twice_is_refused() =>
        Assert.Equal(
            "--webhook: 'a' stands there twice, the second time for http://2/.",
            Assert.Single(ErrorsOf("a=http://1/", "b=http://1/", "a=http://2/"))
        );

    [Fact]
    public void What_is_well_written_is_not_complained_of() => Assert.Empty(ErrorsOf("a=http://1/", "b=https://1/x"));

    private static IEnumerable<string> ErrorsOf(params string[] texts)
    {
        var option = new Option<string[]>("--webhook");
        option.Validators.Add(NamedUrls.Check);
        var command = new RootCommand { option };
        string[] arguments = [.. texts.SelectMany(text => (string[])["--webhook", text])];
        return command.Parse(arguments).Errors.Select(error => error.Message);
    }
}
