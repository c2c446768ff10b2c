using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Contracts.Http;

namespace Orchestrator.EndToEnd.Support;

/// <summary>Looks at a control plane over its API, and sees nothing while it is away.</summary>
internal sealed class ControlPlaneView(string address, string token) : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly HttpClient _http = new()
    {
        BaseAddress = new Uri(address),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        Timeout = TimeSpan.FromSeconds(10),
    };

    public void Dispose() => _http.Dispose();

    public Task<IReadOnlyList<HostView>> HostsAsync() => ListAsync<HostView>("/v1/hosts");

    public Task<IReadOnlyList<InstanceView>> InstancesAsync() => ListAsync<InstanceView>("/v1/instances");

    public Task<IReadOnlyList<DeploymentView>> DeploymentsAsync() => ListAsync<DeploymentView>("/v1/deployments");

    public Task<IReadOnlyList<RolloutView>> RolloutsAsync() => ListAsync<RolloutView>("/v1/rollouts");

    public Task<IReadOnlyList<TrainView>> TrainsAsync() => ListAsync<TrainView>("/v1/trains");

    /// <summary>The rollout of a version through a stage, or null.</summary>
    public async Task<RolloutView?> RolloutAsync(string service, string version, string stage) =>
        (await RolloutsAsync()).SingleOrDefault(rollout =>
            rollout.Service == service && rollout.ToVersion == version && rollout.Stage == stage
        );

    /// <summary>Waits until checkout's rollout of the version is in the phase.</summary>
    public Task<RolloutView> ReachesAsync(string version, string stage, string phase, TimeSpan deadline) =>
        Eventually.FindAsync(
            $"{Boutique.Checkout} {version} at {stage} is {phase}",
            deadline,
            async () =>
                await RolloutAsync(Boutique.Checkout, version, stage) is { } rollout && rollout.Phase == phase
                    ? rollout
                    : null
        );

    /// <summary>Whether so many deployments stand, each with all its instances ready and nothing besides.</summary>
    public async Task<bool> IsWholeAsync(int deployments)
    {
        var all = await DeploymentsAsync();
        var shares = all.SelectMany(deployment => deployment.Versions).ToList();
        return all.Count == deployments
            && all.All(deployment => deployment.Versions.Any(share => share.Desired > 0))
            && shares.All(share => share.Ready == share.Desired && share.Running == share.Desired);
    }

    /// <summary>For whoever has to find out what went wrong.</summary>
    public async Task<string> DescribeAsync()
    {
        var hosts = await HostsAsync();
        var instances = (await InstancesAsync()).Where(instance => instance.State != "Ready");
        var rollouts = (await RolloutsAsync()).Where(rollout => !rollout.IsSucceeded);
        return string.Join(
            '\n',
            [
                $"--- as {address} sees it: hosts, instances that are not ready, rollouts that did not succeed",
                .. hosts.Select(host => $"{host.Id} {host.State} {host.Instances} heard {host.LastHeardAt:HH:mm:ss}"),
                .. instances.Select(one => $"{one.Id} {one.Version} on {one.Host}: {one.State} {one.Reason}"),
                .. rollouts.Select(one => $"{one.Id} {one.ToVersion}: {one.Phase} {one.Reason}"),
            ]
        );
    }

    private async Task<IReadOnlyList<T>> ListAsync<T>(string path)
    {
        try
        {
            return (await _http.GetFromJsonAsync<Page<T>>(path, Json, TestContext.Current.CancellationToken))!.Items;
        }
        catch (Exception exception)
            when (exception is HttpRequestException or OperationCanceledException
                && !TestContext.Current.CancellationToken.IsCancellationRequested
            )
        {
            return [];
        }
    }
}
