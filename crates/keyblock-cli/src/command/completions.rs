//! `completions`: what a shell needs to complete the command line.

use clap::Args;
use clap_complete::Shell;

use crate::arguments::program;
use crate::failure::Failure;
use crate::session::Session;

/// Write the completions of a shell to standard output
#[derive(Args, Debug)]
#[command(after_help = "\
bash   keyblock completions bash > ~/.local/share/bash-completion/completions/keyblock
zsh    keyblock completions zsh > \"${fpath[1]}/_keyblock\"
fish   keyblock completions fish > ~/.config/fish/completions/keyblock.fish")]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Arguments {
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut program(), "keyblock", &mut text);
        session.write_bytes(&text)
    }
}
