using LbSpeaker.Commands;

return await RootVerb.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
