using System.Text.Json.Serialization;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Instances;

namespace Orchestrator.HostAgent;

/// <summary>What the agent keeps on disk, and what it takes the digest of.</summary>
[JsonSerializable(typeof(AssignHost))]
[JsonSerializable(typeof(HostFacts))]
[JsonSerializable(typeof(InstanceRecord))]
[JsonSerializable(typeof(IReadOnlyList<InstanceStatus>))]
internal sealed partial class AgentJson : JsonSerializerContext;
