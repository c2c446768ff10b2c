using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>What a test on the real thing needs of the machine.</summary>
internal static class Requirements
{
    public static void SkipUnlessPresent(string runtime)
    {
        if (runtime == "oci")
        {
            Assert.SkipWhen(Libc.EffectiveUserId != 0, "the OCI runtime needs root");
            Assert.SkipWhen(Tool.Find("crun") is null, "crun is not installed");
            Assert.SkipWhen(Tool.Find("conmon") is null, "conmon is not installed");
        }

        if (runtime == "rkt")
        {
            Assert.SkipWhen(Libc.EffectiveUserId != 0, "rkt and its imitation need root");
        }

        if (runtime is "docker" or "podman")
        {
            var program = runtime == "docker" ? "dockerd" : runtime;
            Assert.SkipWhen(Libc.EffectiveUserId != 0, $"{program} needs root");
            Assert.SkipWhen(Tool.Find(program) is null, $"{program} is not installed");
            Assert.SkipWhen(Tool.Find("runc") is null, "runc is not installed");
        }

        Assert.SkipWhen(Tool.Find("setsid") is null, "setsid is not installed");
        Assert.SkipWhen(Tool.Find("ldd") is null, "ldd, which the test image is made with, is not installed");
    }
}
