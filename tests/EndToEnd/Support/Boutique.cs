namespace Orchestrator.EndToEnd.Support;

/// <summary>The repository's example of a fleet, with the digest of the image put in.</summary>
internal static class Boutique
{
    public const string Checkout = "checkoutservice";

    /// <summary>Each service stands at staging and at prod.</summary>
    public const int Stages = 2;

    /// <summary>Checkout, all that it calls, and what that calls.</summary>
    public static readonly string[] CheckoutAndBelow =
    [
        Checkout,
        "cartservice",
        "currencyservice",
        "emailservice",
        "paymentservice",
        "productcatalogservice",
        "redis-cart",
        "shippingservice",
    ];

    /// <summary>All of it.</summary>
    public static readonly string[] Whole =
    [
        .. CheckoutAndBelow,
        "adservice",
        "frontend",
        "loadgenerator",
        "recommendationservice",
    ];

    /// <summary>Returns the directory to apply.</summary>
    public static string Write(string directory, SampleImage image, IEnumerable<string> services)
    {
        var manifests = Directory.CreateDirectory(Path.Combine(directory, "boutique")).FullName;
        foreach (var name in services.Append("pool"))
        {
            var manifest = File.ReadAllText(
                Path.Combine(Programs.Repository, "services", "Samples", "boutique", $"{name}.yaml")
            );
            File.WriteAllText(
                Path.Combine(manifests, $"{name}.yaml"),
                manifest.Replace($"sample@sha256:{new string('0', 64)}", image.Reference, StringComparison.Ordinal)
            );
        }

        return manifests;
    }
}
