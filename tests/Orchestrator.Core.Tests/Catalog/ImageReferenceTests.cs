using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Tests.Catalog;

public sealed class ImageReferenceTests
{
    private const string Digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("sample")]
    [InlineData("shop/cart")]
    [InlineData("registry.example:5000/shop/cart_service.v2")]
    [InlineData("localhost:5000/a")]
    public void An_image_by_digest_is_kept_as_it_was_written(string name)
    {
        var image = ImageReference.Parse(name + Digest);

        Assert.Equal(name, image.Name);
        Assert.Equal(64, image.Hex.Length);
        Assert.Equal(name + Digest, image.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sample")]
    [InlineData("sample:latest")]
    [InlineData(Digest)]
    [InlineData("sample:1.0" + Digest)]
    [InlineData("shop/cart:1.0" + Digest)]
    [InlineData("../etc" + Digest)]
    [InlineData("a/../b" + Digest)]
    [InlineData("a//b" + Digest)]
    [InlineData("/a" + Digest)]
    [InlineData("a/" + Digest)]
    [InlineData("Sample" + Digest)]
    [InlineData("sam ple" + Digest)]
    [InlineData("sample" + Digest + "0")]
    [InlineData("sample" + Digest + "\n")]
    [InlineData("sample" + Digest + Digest)]
    [InlineData("sample@sha256:0123")]
    [InlineData("sample@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("sample@sha512:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public void A_tag_and_whatever_else_is_not_a_digest_is_refused(string? text)
    {
        Assert.False(ImageReference.TryParse(text, out var image));
        Assert.Null(image);
        Assert.Throws<FormatException>(() => ImageReference.Parse(text!));
    }

    [Fact]
    public void A_name_is_255_characters_at_most()
    {
        Assert.True(ImageReference.TryParse(new string('a', 255) + Digest, out _));
        Assert.False(ImageReference.TryParse(new string('a', 256) + Digest, out _));
    }
}
