// Sends the answer to the program at once; where scripts do not run, the button does it.
document.querySelector("form[data-send]").submit();
