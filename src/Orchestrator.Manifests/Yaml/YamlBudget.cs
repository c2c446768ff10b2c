namespace Orchestrator.Manifests.Yaml;

/// <summary>What all files together have used up.</summary>
internal sealed class YamlBudget
{
    public int Documents { get; set; }

    public int Nodes { get; set; }
}
