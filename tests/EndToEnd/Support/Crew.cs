namespace Orchestrator.EndToEnd.Support;

/// <summary>Who works with a fleet. Nobody approves a version of their own, so they are three.</summary>
internal sealed record Crew(Orc Admin, Orc Publisher, Orc Approver)
{
    /// <summary>Trains depart every ten seconds, and each service waits for those that it calls.</summary>
    private static readonly TimeSpan FleetWithin = TimeSpan.FromMinutes(4);

    public static async Task<Crew> HireAsync(Orc admin) =>
        new(admin, await admin.ForAsync("ana", "publisher:boutique"), await admin.ForAsync("bo", "approver:prod"));

    /// <summary>The same people, at another replica.</summary>
    public Crew At(string address) =>
        new(
            Admin with
            {
                Address = address,
            },
            Publisher with
            {
                Address = address,
            },
            Approver with
            {
                Address = address,
            }
        );

    /// <summary>Applies the services and waits until all of them are ready at both stages.</summary>
    public async Task BringUpAsync(Site site, ControlPlaneView view, IReadOnlyList<string> services)
    {
        await Admin.RunAsync("apply", "-f", Boutique.Write(site.Directory, site.Image, services));
        await view.ReachesAsync("1.0.0", "prod", "AwaitingApproval", FleetWithin);
        await Approver.RunAsync("approve", Boutique.Checkout, "--reason", "first version");
        await Eventually.IsTrueAsync(
            "the whole fleet is ready",
            FleetWithin,
            () => view.IsWholeAsync(services.Count * Boutique.Stages)
        );
    }
}
