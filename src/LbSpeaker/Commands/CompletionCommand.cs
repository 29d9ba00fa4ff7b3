using System.CommandLine;

namespace LbSpeaker.Commands;

/// <summary><c>completion</c>: what a shell needs so that it asks this program how a line could go on.</summary>
internal static class CompletionCommand
{
    private const string Lesson = """
        Examples:
          source <(lbspeaker completion bash)                         in ~/.bashrc
          lbspeaker completion zsh > "${fpath[1]}/_lbspeaker"
          lbspeaker completion fish > ~/.config/fish/completions/lbspeaker.fish
          ln -s "$(command -v lbspeaker)" /usr/local/bin/kubectl_complete-lbspeaker
                                                                      for kubectl lbspeaker, beside the link kubectl-lbspeaker

        Verbs, flags and their values are completed, and names of Services, Nodes and addresses from the cluster or the directory that the line names.
        """;

    private const string Bash = """
        # bash completion of lbspeaker: source <(lbspeaker completion bash)
        _lbspeaker() {
          local words line directive
          words=("${COMP_WORDS[@]:1:COMP_CWORD}")
          COMPREPLY=()
          while IFS= read -r line; do
            case $line in
              :0) compopt -o default ;;
              :*) ;;
              *) COMPREPLY+=("$line") ;;
            esac
          done < <("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null)
        }
        complete -F _lbspeaker lbspeaker

        """;

    private const string Zsh = """
        #compdef lbspeaker
        _lbspeaker() {
          local -a found
          local line
          for line in ${(f)"$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)"}; do
            case $line in
              :0) _files ;;
              :*) ;;
              *) found+=("$line") ;;
            esac
          done
          compadd -a found
        }
        compdef _lbspeaker lbspeaker

        """;

    private const string Fish = """
        # fish completion of lbspeaker
        function __lbspeaker_complete
          set -l words (commandline -opc) (commandline -ct)
          set -l found ($words[1] __complete $words[2..-1] 2>/dev/null)
          if contains -- :0 $found
            __fish_complete_path (commandline -ct)
          end
          string match -v -r '^:[0-9]+$' -- $found
        end
        complete -c lbspeaker -f -a '(__lbspeaker_complete)'

        """;

    public static Command Build()
    {
        Argument<string> shell = new("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        TaughtCommand command = new("completion", "Print the script by which a shell completes lines of lbspeaker.", Lesson) { shell };
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.Write(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCodes.Ok;
        });
        return command;
    }
}
