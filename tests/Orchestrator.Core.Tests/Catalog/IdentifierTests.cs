namespace Orchestrator.Core.Tests.Catalog;

public sealed class IdentifierTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("checkoutservice")]
    [InlineData("a-1")]
    [InlineData("h10")]
    public void Names_are_kept_as_they_were_written(string text)
    {
        Assert.Equal(text, ServiceName.Parse(text).ToString());
        Assert.Equal(text, StageName.Parse(text).Value);
        Assert.Equal(text, TeamName.Parse(text).Value);
        Assert.Equal(text, PoolName.Parse(text).Value);
        Assert.Equal(text, HostId.Parse(text).Value);
        Assert.Equal(text, GatewayId.Parse(text).Value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("1a")]
    [InlineData("-a")]
    [InlineData("a-")]
    [InlineData("a_b")]
    [InlineData("a.b")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("a/b")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("ä")]
    [InlineData("a\0")]
    public void What_is_not_a_name_is_refused_everywhere(string? text)
    {
        Assert.False(ServiceName.TryParse(text, out _));
        Assert.False(StageName.TryParse(text, out _));
        Assert.False(TeamName.TryParse(text, out _));
        Assert.False(PoolName.TryParse(text, out _));
        Assert.False(HostId.TryParse(text, out _));
        Assert.False(GatewayId.TryParse(text, out _));
    }

    [Fact]
    public void A_name_is_63_characters_at_most()
    {
        var longest = new string('a', Identifier.MaxNameLength);

        Assert.Equal(63, ServiceName.Parse(longest).Value.Length);
        Assert.False(ServiceName.TryParse(longest + "a", out _));
        Assert.Throws<FormatException>(() => ServiceName.Parse(longest + "a"));
    }

    [Fact]
    public void Ids_sort_by_character_and_not_by_culture()
    {
        string[] ascending = ["a-b", "a1", "a10", "a2", "ab", "b"];

        Assert.Equal(ascending, ascending.Reverse().Select(HostId.Parse).Order().Select(host => host.Value));
    }

    [Fact]
    public void Ids_of_different_kinds_are_not_equal() =>
        Assert.False(((Identifier)HostId.Parse("a")).Equals(GatewayId.Parse("a")));

    [Fact]
    public void An_instance_id_names_service_stage_and_number()
    {
        var id = InstanceId.Of(ServiceName.Parse("cart"), StageName.Parse("prod"), number: 7);

        Assert.Equal("cart.prod.7", id.Value);
        Assert.Equal(id, InstanceId.Parse("cart.prod.7"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("cart.prod")]
    [InlineData("cart.prod.7.8")]
    [InlineData("cart.prod.-7")]
    [InlineData("cart.prod. 7")]
    [InlineData("cart.prod.x")]
    [InlineData("Cart.prod.7")]
    [InlineData("cart..7")]
    [InlineData("cart.prod.99999999999999999999")]
    public void What_is_not_an_instance_id_is_refused(string? text)
    {
        Assert.False(InstanceId.TryParse(text, out _));
        Assert.Throws<FormatException>(() => InstanceId.Parse(text!));
    }

    [Fact]
    public void A_train_and_its_rollouts_have_ids_that_can_be_read_back()
    {
        var train = TrainId.Of(LineName.Parse("cart"), number: 12);
        var rollout = RolloutId.Of(train, StageName.Parse("prod"));

        Assert.Equal(("cart/12", "cart/12/prod"), (train.Value, rollout.Value));
        Assert.Equal(train, TrainId.Parse("cart/12"));
        Assert.Equal(rollout, RolloutId.Parse("cart/12/prod"));
        Assert.Equal((12, "prod"), (RolloutId.Parse("cart/12/prod").Train.Number, rollout.Stage.Value));
        Assert.Equal("mail", RolloutId.Parse("cart/12/prod/mail").Coupled?.Value);
        Assert.Equal(
            RolloutId.Parse("cart/12/prod/mail"),
            RolloutId.Of(train, rollout.Stage, ServiceName.Parse("mail"))
        );
        Assert.NotEqual(rollout, RolloutId.Parse("cart/12/prod/cart"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("cart")]
    [InlineData("cart/")]
    [InlineData("cart/x")]
    [InlineData("cart/-1")]
    [InlineData("cart/1/2")]
    [InlineData("../1")]
    public void What_is_not_a_train_id_is_refused(string? text)
    {
        Assert.False(TrainId.TryParse(text, out _));
        Assert.Throws<FormatException>(() => TrainId.Parse(text!));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("prod")]
    [InlineData("/prod")]
    [InlineData("cart/prod")]
    [InlineData("cart/1/")]
    [InlineData("cart/1/../prod")]
    [InlineData("cart/1/prod/")]
    [InlineData("cart/1/prod/mail/x")]
    [InlineData("cart/1/prod/Mail")]
    public void What_is_not_a_rollout_id_is_refused(string? text)
    {
        Assert.False(RolloutId.TryParse(text, out _));
        Assert.Throws<FormatException>(() => RolloutId.Parse(text!));
    }
}
